internal import HTTPTypes

/// Header names that HTTPTypes does not know.
extension HTTPField.Name {
    private static func name(_ text: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(text) else { preconditionFailure("\(text) is no header name") }
        return name
    }

    static let requestID = name("X-Request-Id")
    static let apiKey = name("X-API-Key")
    static let idempotencyKey = name("Idempotency-Key")
    static let idempotentReplayed = name("Idempotent-Replayed")
    static let contentTypeOptions = name("X-Content-Type-Options")
    static let link = name("Link")
    static let referrerPolicy = name("Referrer-Policy")
    /// Tells nginx to pass on what comes at once.
    static let accelBuffering = name("X-Accel-Buffering")
    static let lastEventID = name("Last-Event-ID")
}
