internal import MoltBotCore
internal import MoltBotMessaging

/// Decides how a batch goes on from what is durable: its queue, and what the ledger knows. So any node can go on where another one died.
struct BatchCourse {
    enum Step: Equatable {
        /// Hand the next ones to the workers.
        case release(Int)
        /// The same, though as many as may be seem to be under way: none of them has ended for too long.
        case excuse(Int)
        /// Wait for something to change.
        case rest
        /// Its queue is gone, and the ledger does not know of all its tasks that they have ended.
        case lost
        /// Nothing of it waits, and nothing will come back into its queue.
        case done
    }

    /// What is to be seen of a batch at one moment.
    struct Sight: Equatable {
        /// Tasks in its queue; nil when there is none.
        var waiting: Int?
        /// Tasks that the ledger has heard of, waiting or not.
        var heard: Int
        var ended: Int
    }

    /// After this long without a change nothing more is expected of the tasks that were handed over: the ledger has missed their end
    /// (a node that was off for longer than the stream is kept), or they wait for their time. And no task that a node had taken from
    /// the queue comes back: the broker closes the channel of one that is not settled in 30 minutes.
    static let patience = Duration.seconds(86_400)
    /// A quarter of the time after which the broker deletes the queue: a node may be off for the other three.
    static let longestUnused = Duration.seconds(7 * 86_400)

    let batch: TaskBatch
    private(set) var notes: BatchNotes

    init(_ batch: TaskBatch, _ notes: BatchNotes) {
        self.batch = batch
        self.notes = notes
    }

    /// Whether its queue has to be used, or else it expires.
    func needsUse(at now: Timestamp) -> Bool { now - notes.usedAt >= Self.longestUnused }

    mutating func used(at now: Timestamp) { notes.usedAt = now }

    /// - Returns: what to do. When that fails, ask again.
    mutating func saw(_ sight: Sight, at now: Timestamp) -> Step {
        let waiting = sight.waiting ?? 0
        if waiting != notes.waiting || sight.ended != notes.ended {
            (notes.waiting, notes.ended, notes.unchangedSince) = (waiting, sight.ended, now)
        }
        let isStuck = now - notes.unchangedSince >= Self.patience
        guard waiting > 0 else {
            if sight.ended >= batch.total || isStuck { return .done }
            return sight.waiting == nil ? .lost : .rest
        }
        let free = batch.concurrency - underWay(sight, waiting)
        if free > 0 { return .release(min(free, waiting)) }
        guard isStuck else { return .rest }
        notes.excused += underWay(sight, waiting)
        notes.unchangedSince = now
        return .excuse(min(batch.concurrency, waiting))
    }

    /// Tasks that were handed over and have not ended: those that left the queue. The ledger hears of each when it is handed over; of
    /// those that it never heard of it has lost the end as well (it was built from a stream whose start is gone).
    private func underWay(_ sight: Sight, _ waiting: Int) -> Int {
        max(0, min(batch.total - waiting, sight.heard) - sight.ended - notes.excused)
    }
}
