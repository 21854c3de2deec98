import CurlHTTP
import MoltBotCore

/// What a provider's bytes say went wrong, as they say it: it may quote the key. Becomes a ``ModelError`` in one place, which hides it.
struct WireFault: Error {
    var kind: ModelError.Kind
    /// The status that the body names, where it is more than the answer's own.
    var status: Int?
    var message: String
    /// Bytes whose beginning the message ends with.
    var evidence: [UInt8]?
    /// How long the body asks to wait.
    var retryAfter: Duration?

    init(_ kind: ModelError.Kind, status: Int? = nil, _ message: String, evidence: [UInt8]? = nil, retryAfter: Duration? = nil) {
        self.kind = kind
        self.status = status
        self.message = message
        self.evidence = evidence
        self.retryAfter = retryAfter
    }

    static func incomplete(_ field: String, _ document: JSONValue) -> WireFault {
        WireFault(.serverError, "The answer has no \(field)", evidence: document.encode())
    }
}

extension ModelError {
    /// Characters of a provider's message that are passed on: it goes into events, and some services quote the whole request in it.
    private static let longestMessage = 4000

    /// - Parameter secret: What the error must not show.
    convenience init(_ fault: WireFault, status: Int?, headers: HTTPHeaders, secret: SecretString?, now: Timestamp = .now()) {
        let limits = RateLimitHeaders.read(headers, now: now)
        // Redacted before it is cut, or a cut through the key would show the key's beginning.
        let message = String((secret?.redacted(from: fault.message) ?? fault.message).prefix(Self.longestMessage))
        let evidence = fault.evidence.map { ": \(BodyExcerpt($0, hiding: secret))" } ?? ""
        self.init(
            fault.kind, status: fault.status ?? status, message: message + evidence,
            retryAfter: RetryAfter.read(headers, body: fault.retryAfter, limits: limits, now: now),
            isRetryable: Self.advice(headers, fault.kind), rateLimits: limits)
    }

    /// OpenAI and Anthropic say themselves whether to try again. Money and keys do not come back by waiting, whatever they say.
    private static func advice(_ headers: HTTPHeaders, _ kind: Kind) -> Bool? {
        switch headers["x-should-retry"]?.lowercased() {
        case "true" where kind != .quotaExhausted && kind != .auth: true
        case "false": false
        default: nil
        }
    }
}
