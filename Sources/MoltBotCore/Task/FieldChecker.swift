/// Reads typed values out of JSON and collects what is wrong, so that a sender learns of several mistakes at once.
struct FieldChecker {
    /// More would not help the reader.
    static let limit = 5

    private var found: [FieldProblem] = []

    /// The first problems by path: members come in no particular order.
    var problems: [FieldProblem] {
        Array(found.sorted { ($0.path, $0.message) < ($1.path, $1.message) }.prefix(Self.limit))
    }

    mutating func reject(_ path: String, _ message: String) {
        found.append(FieldProblem(path: path, message: message))
    }

    mutating func reject(_ path: String, expected: String, got value: JSONValue) {
        reject(path, "expected \(expected), got \(value.nameForPeople)")
    }

    mutating func string(_ value: JSONValue, _ path: @autoclosure () -> String, maximumLength: Int = .max) -> String? {
        if case .string(let text) = value, !text.isEmpty, text.utf8.count <= maximumLength { return text }
        let limit = maximumLength == .max ? "" : " of at most \(maximumLength) bytes"
        reject(path(), expected: "a non-empty string\(limit)", got: value)
        return nil
    }

    mutating func bool(_ value: JSONValue, _ path: @autoclosure () -> String) -> Bool? {
        if let flag = value.boolValue { return flag }
        reject(path(), expected: "true or false", got: value)
        return nil
    }

    mutating func integer(_ value: JSONValue, _ path: @autoclosure () -> String, in range: ClosedRange<Int64>) -> Int? {
        if let number = value.integerValue, range.contains(number) { return Int(number) }
        let limits = range.upperBound == .max ? "of at least \(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)"
        reject(path(), expected: "a whole number \(limits)", got: value)
        return nil
    }

    mutating func number(_ value: JSONValue, _ path: @autoclosure () -> String, in range: ClosedRange<Int>) -> Double? {
        if let number = value.doubleValue, number >= Double(range.lowerBound), number <= Double(range.upperBound) { return number }
        reject(path(), expected: "a number between \(range.lowerBound) and \(range.upperBound)", got: value)
        return nil
    }

    mutating func seconds(_ value: JSONValue, _ path: @autoclosure () -> String, atMost longest: Int) -> Duration? {
        guard let seconds = value.doubleValue, seconds > 0, seconds <= Double(longest) else {
            reject(path(), expected: "seconds, more than 0 and at most \(longest)", got: value)
            return nil
        }
        return .milliseconds(max(1, Int64((seconds * 1000).rounded())))
    }

    mutating func timestamp(_ value: JSONValue, _ path: @autoclosure () -> String) -> Timestamp? {
        if let text = value.stringValue, let time = Timestamp(rfc3339: text) { return time }
        reject(path(), expected: "an RFC 3339 time such as \"2026-12-01T00:00:00Z\"", got: value)
        return nil
    }

    mutating func choice<Choice: RawRepresentable & CaseIterable>(_ value: JSONValue, _ path: @autoclosure () -> String) -> Choice?
    where Choice.RawValue == String {
        if let text = value.stringValue, let choice = Choice(rawValue: text) { return choice }
        let names = Choice.allCases.map { "\"\($0.rawValue)\"" }
        reject(path(), expected: "one of \(names.joined(separator: ", "))", got: value)
        return nil
    }

    mutating func array(_ value: JSONValue, _ path: @autoclosure () -> String, of what: String, maximum: Int = .max) -> [JSONValue]? {
        if let elements = value.arrayValue, elements.count <= maximum { return elements }
        let limit = maximum == .max ? "" : "at most \(maximum) "
        reject(path(), expected: "an array of \(limit)\(what)", got: value)
        return nil
    }

    mutating func object(_ value: JSONValue, _ path: @autoclosure () -> String) -> [String: JSONValue]? {
        if let members = value.objectValue { return members }
        reject(path(), expected: "an object", got: value)
        return nil
    }

    mutating func unknown(_ name: String, in path: String, known: [String]) {
        let hint =
            if let nearest = Spelling.nearest(to: name, in: known) {
                "unknown field; did you mean \"\(nearest)\"?"
            } else {
                "unknown field; the fields are \(known.joined(separator: ", "))"
            }
        reject(path.isEmpty ? name : "\(path).\(name)", hint)
    }
}

extension JSONValue {
    /// The value as an error message names it; long texts are cut.
    var nameForPeople: String {
        switch self {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .string(let text) where text.isEmpty: "an empty string"
        case .string(let text) where text.utf8.count > 64: "a string of \(text.utf8.count) bytes"
        case .string: "the string \(description)"
        case .array(let elements): elements.isEmpty ? "an empty array" : "an array of \(elements.count)"
        case .object: "an object"
        }
    }
}
