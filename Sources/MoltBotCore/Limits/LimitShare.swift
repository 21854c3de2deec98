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

    /// For the next of several limits that are divided alike, so that what is left over does not always go to the same workers.
    package func moved(by steps: Int) -> LimitShare { LimitShare(rank: (rank + steps) % workers, workers: workers) }

    /// The shares of all workers add up to the limit exactly; so some have none when there are more workers than units.
    package func part(of limit: Int) -> Int {
        limit / workers + (rank < limit % workers ? 1 : 0)
    }
}
