import MoltBotCore

/// What Anthropic says went wrong: `{"type": "error", "error": {"type", "message"}}`, also as an event of a stream.
enum AnthropicFault {
    private static let kinds: [String: ModelError.Kind] = [
        "authentication_error": .auth, "permission_error": .auth, "billing_error": .quotaExhausted, "not_found_error": .notFound,
        "conflict_error": .serverError, "request_too_large": .invalidRequest, "rate_limit_error": .rateLimited, "api_error": .serverError,
        "timeout_error": .serverError, "overloaded_error": .overloaded,
    ]

    /// Nil when the document is no error.
    static func read(_ document: JSONValue, status: Int) -> WireFault? {
        guard let error = document["error"], !error.isNull else {
            // What stands in front of the API has forms of its own.
            return status == 200 ? nil : OpenAIFault.read(document, status: status)
        }
        let message = error["message"]?.stringValue ?? error.stringValue ?? error.description
        let type = error["type"]?.stringValue ?? ""
        // A spent budget and an overlong prompt are both an `invalid_request_error` with status 400.
        let kind = kinds[type] ?? FaultWording.kind(of: message) ?? unnamed(type, status: status)
        return WireFault(kind, message, retryAfter: kind == .quotaExhausted ? untilAccessReturns(message, now: .now()) : nil)
    }

    private static func unnamed(_ type: String, status: Int) -> ModelError.Kind {
        if status != 200 { return ModelError.Kind(httpStatus: status) }
        return type == "invalid_request_error" ? .invalidRequest : .serverError
    }

    /// From `You will regain access on 2026-12-01 at 00:00 UTC.`
    static func untilAccessReturns(_ message: String, now: Timestamp) -> Duration? {
        let words = message.split(separator: " ")
        guard let access = words.firstIndex(of: "access"), words[access...].count > 2, words[access + 1] == "on" else { return nil }
        let day = words[access + 2].prefix(10)
        return Timestamp(rfc3339: "\(day)T00:00:00Z").map { max($0 - now, .zero) }
    }
}
