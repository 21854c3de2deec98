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

    /// What passes where both apply.
    package func within(_ other: RateLimits) -> RateLimits {
        RateLimits(
            requestsPerMinute: Self.least(requestsPerMinute, other.requestsPerMinute),
            tokensPerMinute: Self.least(tokensPerMinute, other.tokensPerMinute), concurrency: Self.least(concurrency, other.concurrency))
    }

    /// What passes by one way or another, each with limits of its own: no limit where one of them has none.
    package static func sum(_ limits: [RateLimits]) -> RateLimits {
        RateLimits(
            requestsPerMinute: sum(limits.map(\.requestsPerMinute)), tokensPerMinute: sum(limits.map(\.tokensPerMinute)),
            concurrency: sum(limits.map(\.concurrency)))
    }

    private static func least(_ one: Int?, _ other: Int?) -> Int? {
        guard let one, let other else { return one ?? other }
        return min(one, other)
    }

    private static func sum(_ numbers: [Int?]) -> Int? {
        numbers.reduce(numbers.isEmpty ? nil : 0) { sum, number in
            guard let sum, let number else { return nil }
            return sum.addingReportingOverflow(number).overflow ? Int.max : sum + number
        }
    }
}
