import MoltBotCore

/// What Google says went wrong: `{"error": {code, message, status, details}}`; a stream that fails before it begins has it in an array.
enum GeminiFault {
    private static let kinds: [String: ModelError.Kind] = [
        "UNAUTHENTICATED": .auth, "PERMISSION_DENIED": .auth, "NOT_FOUND": .notFound, "RESOURCE_EXHAUSTED": .rateLimited,
        "UNAVAILABLE": .overloaded, "INTERNAL": .serverError, "UNKNOWN": .serverError, "DEADLINE_EXCEEDED": .serverError,
        "ABORTED": .serverError, "CANCELLED": .serverError,
    ]

    /// Nil when the document is no error.
    static func read(_ document: JSONValue, status: Int) -> WireFault? {
        let document = document[0] ?? document
        guard let error = document["error"], !error.isNull else {
            return status == 200 ? nil : OpenAIFault.read(document, status: status)
        }
        let message = error["message"]?.stringValue ?? error.stringValue ?? error.description
        let inside = error["code"]?.integerValue.flatMap { (400...599).contains($0) ? Int($0) : nil }
        let kind = kind(of: error, message: message, status: inside ?? status)
        // The delay beside a spent day is a minute's: waiting it brings the next refusal.
        let delay = kind == .quotaExhausted ? nil : RetryAfter.retryDelay(error)
        return WireFault(kind, status: inside, message, retryAfter: delay)
    }

    private static func kind(of error: JSONValue, message: String, status: Int) -> ModelError.Kind {
        let details = error["details"]?.arrayValue ?? []
        // A wrong key has status 400.
        if details.contains(where: { $0["reason"] == "API_KEY_INVALID" }) { return .auth }
        let quotas = details.flatMap { $0["violations"]?.arrayValue ?? [] }.compactMap { $0["quotaId"]?.stringValue }
        if quotas.contains(where: { $0.contains("PerDay") }) { return .quotaExhausted }
        return FaultWording.kind(of: message) ?? error["status"]?.stringValue.flatMap { kinds[$0] }
            ?? (status == 200 ? .serverError : ModelError.Kind(httpStatus: status))
    }
}
