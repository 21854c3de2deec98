/// Why a model gave no answer, in classes that mean the same for every provider.
///
/// An object, because each frame of a call has room for its error, and thousands of calls wait at once.
package final class ModelError: Error, Sendable, CustomStringConvertible {
    package enum Kind: String, Sendable, CaseIterable {
        /// 429 that passes by itself.
        case rateLimited = "rate_limited"
        /// 503 or 529: the provider has no capacity now.
        case overloaded
        /// 408, 409 or another 5xx.
        case serverError = "server_error"
        /// No money or no quota left; waiting does not help.
        case quotaExhausted = "quota_exhausted"
        case auth
        /// The provider does not know the model.
        case notFound = "not_found"
        case contextLength = "context_length"
        case contentPolicy = "content_policy"
        case invalidRequest = "invalid_request"
        /// The answer broke off before its end.
        case streamBroken = "stream_broken"
        case timeout
        case network
        case cancelled

        package var isRetryable: Bool {
            switch self {
            case .rateLimited, .overloaded, .serverError, .streamBroken, .timeout, .network: true
            case .quotaExhausted, .auth, .notFound, .contextLength, .contentPolicy, .invalidRequest, .cancelled: false
            }
        }

        /// The class of an HTTP status when the answer's body says nothing more precise.
        package init(httpStatus status: Int) {
            switch status {
            case 401, 403: self = .auth
            case 402: self = .quotaExhausted
            case 404: self = .notFound
            case 408, 409: self = .serverError
            case 429: self = .rateLimited
            case 503, 529: self = .overloaded
            case 500...599: self = .serverError
            default: self = .invalidRequest
            }
        }
    }

    package let kind: Kind
    /// The HTTP status, when there was an answer.
    package let status: Int?
    /// For a person; never contains a key.
    package let message: String
    /// How long the provider asks to wait, at least.
    package let retryAfter: Duration?
    /// Whether the same call may succeed later: follows from the kind unless the provider says otherwise (`x-should-retry`).
    package let isRetryable: Bool
    /// What the provider said about its limits, when it did.
    package let rateLimits: RateLimitHints?

    package init(
        _ kind: Kind, status: Int? = nil, message: String, retryAfter: Duration? = nil, isRetryable: Bool? = nil,
        rateLimits: RateLimitHints? = nil
    ) {
        self.kind = kind
        self.status = status
        self.message = message
        self.retryAfter = retryAfter
        self.isRetryable = isRetryable ?? kind.isRetryable
        self.rateLimits = rateLimits
    }

    package var description: String {
        "\(kind.rawValue)\(status.map { " (status \($0))" } ?? ""): \(message)"
    }
}

extension ModelError: Equatable {
    package static func == (one: ModelError, other: ModelError) -> Bool {
        one.kind == other.kind && one.status == other.status && one.message == other.message && one.retryAfter == other.retryAfter
            && one.isRetryable == other.isRetryable && one.rateLimits == other.rateLimits
    }
}
