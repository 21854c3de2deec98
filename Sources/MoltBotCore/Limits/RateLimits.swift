/// What a deployment or credential may be asked at most; nil means without a limit.
package struct RateLimits: Sendable, Equatable {
    package var requestsPerMinute: Int?
    /// Input and output together.
    package var tokensPerMinute: Int?
    /// Calls at once.
    package var concurrency: Int?

    package init(requestsPerMinute: Int? = nil, tokensPerMinute: Int? = nil, concurrency: Int? = nil) {
        self.requestsPerMinute = requestsPerMinute
        self.tokensPerMinute = tokensPerMinute
        self.concurrency = concurrency
    }

    package var isUnlimited: Bool { self == RateLimits() }
}
