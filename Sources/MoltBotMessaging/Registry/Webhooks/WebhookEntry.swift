internal import MoltBotCore

/// Reads the fields of a webhook endpoint's registry entry.
struct WebhookEntry {
    private let id: String
    private let value: JSONValue

    init(_ record: RegistryRecord) {
        id = record.id
        value = record.value ?? .null
    }

    subscript(name: String) -> JSONValue? { value[name] }

    func invalid(_ field: String, _ expected: String) -> RegistryError {
        RegistryError(.invalidEntry, "webhook endpoint \(id): \(field): expected \(expected)")
    }

    func text(_ field: String) throws(RegistryError) -> String {
        guard let text = value[field]?.stringValue else { throw invalid(field, "a string") }
        return text
    }

    func texts(_ field: String) throws(RegistryError) -> [String] {
        let texts = value[field]?.arrayValue?.compactMap(\.stringValue)
        guard let texts, texts.count == value[field]?.arrayValue?.count else { throw invalid(field, "an array of strings") }
        return texts
    }

    func eventTypes() throws(RegistryError) -> [EventPattern] {
        try texts("events").map { text throws(RegistryError) in
            guard let pattern = EventPattern(text) else { throw invalid("events", "event types such as task.completed or task.*") }
            return pattern
        }
    }

    func time(_ field: String) throws(RegistryError) -> Timestamp {
        guard let time = value[field]?.stringValue.flatMap(Timestamp.init(rfc3339:)) else { throw invalid(field, "an RFC 3339 time") }
        return time
    }

    func count(_ value: JSONValue?, _ field: String) throws(RegistryError) -> Int {
        guard let number = value?.integerValue, (1...Int64(Int32.max)).contains(number) else {
            throw invalid(field, "a whole number of at least 1")
        }
        return Int(number)
    }

    func duration(_ value: JSONValue?, _ field: String) throws(RegistryError) -> Duration {
        // The bound keeps the conversion from overflowing; it is 31 years.
        guard let seconds = value?.doubleValue, (0...1e9).contains(seconds) else { throw invalid(field, "seconds") }
        return .seconds(seconds)
    }

    func durations(_ field: String) throws(RegistryError) -> [Duration] {
        guard let elements = value[field]?.arrayValue else { throw invalid(field, "an array of seconds") }
        return try elements.map { element throws(RegistryError) in try duration(element, field) }
    }

    func rateLimit() throws(RegistryError) -> WebhookEndpoint.RateLimit? {
        guard let limit = value["rate_limit"], !limit.isNull else { return nil }
        return WebhookEndpoint.RateLimit(
            requests: try count(limit["requests"], "rate_limit.requests"), period: try duration(limit["period"], "rate_limit.period"))
    }

    func ordering() throws(RegistryError) -> WebhookEndpoint.Ordering {
        guard let ordering = WebhookEndpoint.Ordering(rawValue: try text("ordering")) else { throw invalid("ordering", "none or fifo") }
        return ordering
    }

    func headers(_ seal: SecretSeal) throws(RegistryError) -> [String: SecretString] {
        guard let sealed = value["headers"]?.objectValue else { throw invalid("headers", "an object") }
        var headers: [String: SecretString] = [:]
        for (name, value) in sealed {
            headers[name] = try seal.open(value.stringValue ?? "", of: .webhookEndpoint, id: id)
        }
        return headers
    }

    func secrets(_ seal: SecretSeal) throws(RegistryError) -> [WebhookSecret] {
        guard let sealed = value["secrets"]?.arrayValue, !sealed.isEmpty else { throw invalid("secrets", "an array that is not empty") }
        return try sealed.map { secret throws(RegistryError) in
            let text = try seal.open(secret["secret"]?.stringValue ?? "", of: .webhookEndpoint, id: id)
            return WebhookSecret(text, expiresAt: secret["expires_at"]?.stringValue.flatMap(Timestamp.init(rfc3339:)))
        }
    }
}
