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

    /// The shares of each of several limits that make up one together. What is left over of one goes to the workers after those that had
    /// what was left over of the one before it: so a worker's parts add up to its part of the sum.
    package func divided(among limits: [RateLimits]) -> [LimitShare] {
        var taken = 0
        return limits.map { limit in
            defer { taken += limit.concurrency ?? limit.requestsPerMinute ?? limit.tokensPerMinute ?? 0 }
            return LimitShare(rank: (rank + workers - taken % workers) % workers, workers: workers)
        }
    }

    /// The shares of all workers add up to the limit exactly; so some have none when there are more workers than units.
    package func part(of limit: Int) -> Int {
        limit / workers + (rank < limit % workers ? 1 : 0)
    }
}
