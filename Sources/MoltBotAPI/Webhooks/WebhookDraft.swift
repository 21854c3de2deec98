internal import MoltBotCore

/// What a client says about a webhook endpoint; what it leaves out stays as it is.
struct WebhookDraft: Sendable {
    /// For the receiver to get to know the new secret.
    private static let rotationOverlap = Duration.seconds(24 * 3600)
    /// Names that the original MoltBot gave its events.
    private static let originalEvents = [
        "on_start": "task.started", "on_progress": "task.progress", "on_complete": "task.completed", "on_error": "task.failed",
    ]
    private static let fields = [
        "url", "events", "event", "headers", "secret", "description", "schedule", "max_in_flight", "rate_limit", "timeout", "ordering",
        "enabled",
    ]

    private(set) var url: String?
    private var events: [EventPattern]?
    private var headers: [String: SecretString]?
    private(set) var secret: WebhookSecret?
    private var description: String?
    private var schedule: [Duration]?
    private var maxInFlight: Int?
    private var rateLimit: WebhookEndpoint.RateLimit??
    private var timeout: Duration?
    private var ordering: WebhookEndpoint.Ordering?
    private var isEnabled: Bool?

    /// - Throws: 400 naming the fields.
    init(_ document: JSONValue) throws(Problem) {
        guard let members = document.objectValue else {
            throw Self.invalid([FieldProblem(path: "", message: "expected a JSON object with a webhook")])
        }
        var problems: [FieldProblem] = []
        for (name, value) in members.sorted(by: { $0.key < $1.key })
        where !value.isNull || name == "rate_limit" || !Self.fields.contains(name) {
            if let expected = read(name, value) { problems.append(FieldProblem(path: name, message: expected)) }
        }
        guard problems.isEmpty else { throw Self.invalid(problems) }
    }

    static func invalid(_ fields: [FieldProblem]) -> Problem {
        .invalid("invalid-webhook", "The webhook can't be registered", fields: fields)
    }

    /// Takes over what was said. The rest of an endpoint is checked as a whole afterwards.
    func apply(to endpoint: inout WebhookEndpoint) {
        if let url { endpoint.url = url }
        if let events { endpoint.eventTypes = events }
        if let headers { endpoint.headers = headers }
        if let description { endpoint.description = description }
        if let schedule { endpoint.schedule = schedule }
        if let maxInFlight { endpoint.maxInFlight = maxInFlight }
        if let rateLimit { endpoint.rateLimit = rateLimit }
        if let timeout { endpoint.timeout = timeout }
        if let ordering { endpoint.ordering = ordering }
        if let isEnabled { endpoint.disabledReason = isEnabled ? nil : endpoint.disabledReason ?? "switched off over the API" }
        if let secret, secret.text != endpoint.secrets.first?.text {
            endpoint.rotateSecret(to: secret, overlap: Self.rotationOverlap, at: .now())
        }
    }

    /// - Returns: what was expected instead; nil when the value is good.
    private mutating func read(_ name: String, _ value: JSONValue) -> String? {
        switch name {
        case "url":
            url = value.stringValue
            return url == nil ? "expected an https URL" : nil
        case "events", "event":
            let names = value.stringValue.map { [$0] } ?? value.arrayValue?.compactMap(\.stringValue) ?? []
            let patterns = names.compactMap { EventPattern(Self.originalEvents[$0] ?? $0) }
            events = patterns
            let isWhole = !patterns.isEmpty && patterns.count == (value.arrayValue?.count ?? 1)
            return isWhole ? nil : "expected event types such as \"task.completed\" or \"task.*\""
        case "headers":
            let members = value.objectValue ?? [:]
            let texts = members.compactMapValues(\.stringValue)
            headers = texts.mapValues { SecretString($0) }
            return value.objectValue != nil && texts.count == members.count ? nil : "expected an object with texts"
        case "secret":
            do {
                secret = try WebhookSecret(parsing: value.stringValue ?? "")
                return nil
            } catch {
                return error.problem.message
            }
        case "description":
            description = value.stringValue
            return description == nil ? "expected a text" : nil
        case "schedule":
            let waits = value.arrayValue?.compactMap { Self.seconds($0) } ?? []
            schedule = waits
            return waits.count == value.arrayValue?.count ? nil : "expected an array of seconds"
        case "max_in_flight":
            maxInFlight = value.integerValue.flatMap { Int(exactly: $0) }
            return maxInFlight == nil ? "expected a whole number" : nil
        case "rate_limit": return readRateLimit(value)
        case "timeout":
            timeout = Self.seconds(value)
            return timeout == nil ? "expected seconds" : nil
        case "ordering":
            ordering = value.stringValue.flatMap { WebhookEndpoint.Ordering(rawValue: $0) }
            return ordering == nil ? "expected \"none\" or \"fifo\"" : nil
        case "enabled":
            isEnabled = value.boolValue
            return isEnabled == nil ? "expected true or false" : nil
        default:
            return Spelling.nearest(to: name, in: Self.fields).map { "unknown field; did you mean \"\($0)\"?" }
                ?? "unknown field; the fields are \(Self.fields.joined(separator: ", "))"
        }
    }

    private mutating func readRateLimit(_ value: JSONValue) -> String? {
        if value.isNull {
            rateLimit = .some(nil)
            return nil
        }
        guard let requests = value["requests"]?.integerValue.flatMap({ Int(exactly: $0) }),
            let period = value["period"].flatMap(Self.seconds)
        else { return "expected {\"requests\": number, \"period\": seconds}, or null" }
        rateLimit = WebhookEndpoint.RateLimit(requests: requests, period: period)
        return nil
    }

    /// At most 31 years: beyond that a duration could overflow.
    private static func seconds(_ value: JSONValue) -> Duration? {
        value.doubleValue.flatMap { (0...1e9).contains($0) ? .milliseconds(Int64(($0 * 1000).rounded())) : nil }
    }
}
