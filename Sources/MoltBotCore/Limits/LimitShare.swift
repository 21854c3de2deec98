/// Which part of a limit is one worker's own: the live workers divide it among themselves by their order.
package struct LimitShare: Sendable, Equatable {
    /// This worker's place in the order, from 0.
    package let rank: Int
    package let workers: Int

    package static let whole = LimitShare(rank: 0, workers: 1)

    package init(rank: Int, workers: Int) {
        self.workers = max(workers, 1)
        self.rank = min(max(rank, 0), self.workers - 1)
    }

    /// The shares of all workers add up to the limit exactly; so some have none when there are more workers than units.
    package func part(of limit: Int) -> Int {
        limit / workers + (rank < limit % workers ? 1 : 0)
    }
}

/// The share of each kind of limit.
package struct LimitShares: Sendable, Equatable {
    package var requests: LimitShare
    package var tokens: LimitShare
    package var concurrency: LimitShare

    package init(_ share: LimitShare) {
        (requests, tokens, concurrency) = (share, share, share)
    }
}

extension LimitShare {
    /// The shares of each of several limits that make up one together. What is left over of one goes to the workers after those that had
    /// what was left over of the one before it: so a worker's parts add up to its part of the sum.
    package func divided(among limits: [RateLimits]) -> [LimitShares] {
        var taken = RateLimits(requestsPerMinute: 0, tokensPerMinute: 0, concurrency: 0)
        return limits.map { limit in
            var shares = LimitShares(self)
            shares.requests = after(&taken.requestsPerMinute, limit.requestsPerMinute)
            shares.tokens = after(&taken.tokensPerMinute, limit.tokensPerMinute)
            shares.concurrency = after(&taken.concurrency, limit.concurrency)
            return shares
        }
    }

    /// - Parameter taken: what the limits before it leave over, counted on.
    private func after(_ taken: inout Int?, _ limit: Int?) -> LimitShare {
        let before = taken ?? 0
        taken = (before + (limit ?? 0) % workers) % workers
        return LimitShare(rank: (rank + workers - before) % workers, workers: workers)
    }
}
