/// The parts of a task that have a shape of their own.
extension FieldChecker {
    mutating func content(_ name: String, _ value: JSONValue) -> TaskRequest.Content? {
        switch name {
        case "prompt": string(value, name).map { .prompt($0) }
        case "messages": messages(value, name).map { .messages($0) }
        default: input(value, name).map { .input($0) }
        }
    }

    private mutating func messages(_ value: JSONValue, _ path: String) -> [JSONValue]? {
        guard let messages = value.arrayValue, !messages.isEmpty else {
            reject(path, expected: "a non-empty array of chat messages", got: value)
            return nil
        }
        for (index, message) in messages.enumerated() {
            guard case .object(let members) = message else {
                reject("\(path)[\(index)]", expected: "an object with \"role\" and \"content\"", got: message)
                continue
            }
            _ = string(members["role"] ?? .null, "\(path)[\(index)].role")
        }
        return messages
    }

    private mutating func input(_ value: JSONValue, _ path: String) -> JSONValue? {
        let isAccepted: Bool =
            switch value {
            case .string(let text): !text.isEmpty
            case .array(let elements):
                !elements.isEmpty
                    && (elements.allSatisfy { $0.stringValue?.isEmpty == false }
                        || elements.allSatisfy(\.isTokenNumber)
                        || elements.allSatisfy { $0.arrayValue.map { !$0.isEmpty && $0.allSatisfy(\.isTokenNumber) } ?? false })
            default: false
            }
        if isAccepted { return value }
        reject(
            path, expected: "a non-empty string, or a non-empty array of strings, of token numbers or of arrays of token numbers",
            got: value)
        return nil
    }

    mutating func modelNames(_ value: JSONValue, _ path: String) -> [String] {
        let names = array(value, path, of: "model names", maximum: 16) ?? []
        return names.enumerated().compactMap { string($1, "\(path)[\($0)]", maximumLength: 255) }
    }

    /// Only what is certain to be wrong for every provider is refused; the rest is the provider's to judge.
    mutating func parameters(_ value: JSONValue, _ path: String) -> TaskParameters {
        guard let fields = object(value, path) else { return TaskParameters() }
        for (name, value) in fields where !value.isNull {
            switch name {
            case "temperature": _ = number(value, "\(path).\(name)", in: 0...2)
            case "top_p": _ = number(value, "\(path).\(name)", in: 0...1)
            case "max_tokens", "max_completion_tokens": _ = integer(value, "\(path).\(name)", in: 1...Int64.max)
            case "stop": checkStop(value, "\(path).\(name)")
            case "model", "messages", "prompt", "input", "stream":
                reject("\(path).\(name)", "belongs to the task itself: put \"\(name)\" beside \"parameters\"")
            default: break
            }
        }
        return TaskParameters(fields)
    }

    private mutating func checkStop(_ value: JSONValue, _ path: String) {
        let isAccepted: Bool =
            switch value {
            case .string: true
            case .array(let elements): elements.allSatisfy { $0.stringValue != nil }
            default: false
            }
        if !isAccepted { reject(path, expected: "a string or an array of strings", got: value) }
    }

    mutating func callback(_ value: JSONValue, _ path: String) -> TaskCallback? {
        guard let members = object(value, path) else { return nil }
        for name in members.keys where !["url", "headers", "events"].contains(name) {
            unknown(name, in: path, known: ["url", "headers", "events"])
        }
        let events = members["events"].flatMap { $0.isNull ? nil : eventTypes($0, "\(path).events") } ?? TaskEventType.terminal
        let headers = members["headers"].flatMap { $0.isNull ? nil : self.headers($0, "\(path).headers") } ?? [:]
        guard let url = webURL(members["url"] ?? .null, "\(path).url") else { return nil }
        return TaskCallback(url: url, headers: headers, events: events)
    }

    mutating func webURL(_ value: JSONValue, _ path: String) -> String? {
        if let url = value.stringValue, url.isAbsoluteWebURL, url.utf8.count <= TaskCallback.longestURL { return url }
        reject(path, expected: "an absolute http or https URL of at most \(TaskCallback.longestURL) bytes", got: value)
        return nil
    }

    private mutating func eventTypes(_ value: JSONValue, _ path: String) -> [TaskEventType]? {
        guard let elements = value.arrayValue, !elements.isEmpty else {
            reject(path, expected: "a non-empty array of event types", got: value)
            return nil
        }
        return elements.enumerated().compactMap { choice($1, "\(path)[\($0)]") }
    }

    private mutating func headers(_ value: JSONValue, _ path: String) -> [String: String]? {
        guard let members = object(value, path) else { return nil }
        var headers: [String: String] = [:]
        for (name, value) in members {
            // Line ends in a name or a value would let a sender write headers and requests of their own (RFC 9110, 5.5).
            guard name.isHeaderName, let text = value.stringValue, text.isHeaderValue else {
                reject("\(path).\(name)", expected: "an HTTP header with a text of one line", got: value)
                continue
            }
            headers[name] = text
        }
        if headers.reduce(0, { $0 + $1.key.utf8.count + $1.value.utf8.count }) > TaskCallback.maximumHeaderBytes {
            reject(path, "at most \(TaskCallback.maximumHeaderBytes) bytes of names and values")
        }
        return headers
    }

    mutating func metadata(_ value: JSONValue, _ path: String) -> [String: JSONValue] {
        guard let members = object(value, path) else { return [:] }
        if members.count > 64 { reject(path, "at most 64 entries, got \(members.count)") }
        for (name, value) in members {
            switch value {
            case .string, .integer, .number, .bool: break
            default: reject("\(path).\(name)", expected: "a string, a number or a boolean", got: value)
            }
        }
        return members
    }
}

extension JSONValue {
    fileprivate var isTokenNumber: Bool { integerValue.map { $0 >= 0 } ?? false }
}

extension String {
    /// A scheme of http or https, a host, and no space or control character anywhere.
    fileprivate var isAbsoluteWebURL: Bool {
        guard utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else { return false }
        guard let scheme = ["http://", "https://"].first(where: { lowercased().hasPrefix($0) }) else { return false }
        let host = utf8.dropFirst(scheme.utf8.count).prefix { !"/?#".utf8.contains($0) }
        return !host.isEmpty && host.first != UInt8(ascii: ":") && host.last != UInt8(ascii: "@")
    }

    /// A token of RFC 9110, 5.6.2.
    fileprivate var isHeaderName: Bool {
        !isEmpty
            && utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) && byte < 0x80
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "!#$%&'*+-.^_`|~".utf8.contains(byte)
            }
    }

    fileprivate var isHeaderValue: Bool { utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 } }
}
