internal import DequeModule
public import NIOCore
internal import Synchronization

/// Runs tasks on the thread of an event loop: what publishes and consumes a lot saves a thread change at each step when it runs where
/// its connections live. For code that never blocks.
///
/// Tasks of the priority `high` and above go on before the others: an urgent one that comes with a burst of messages would otherwise
/// stand behind all of them at each of its steps. After 16 of their steps in a row one of the others has its turn.
///
///     await withTaskExecutorPreference(AMQPLoopExecutor(loop)) { … }
public final class AMQPLoopExecutor: TaskExecutor {
    /// Bounded by the tasks that there are: each waits here at most once.
    private struct Waiting {
        var urgent: Deque<UnownedJob> = []
        var others: Deque<UnownedJob> = []
        var urgentInARow = 0
        var isDraining = false
    }

    private static let longestUrgentRun = 16

    private let loop: any EventLoop
    private let waiting = Mutex(Waiting())

    public init(_ loop: any EventLoop) {
        self.loop = loop
    }

    public func enqueue(_ job: consuming ExecutorJob) {
        let isUrgent = job.priority.rawValue >= TaskPriority.high.rawValue
        let job = UnownedJob(job)
        let isFirst = waiting.withLock { waiting in
            if isUrgent { waiting.urgent.append(job) } else { waiting.others.append(job) }
            defer { waiting.isDraining = true }
            return !waiting.isDraining
        }
        // Also from the loop itself it waits its turn: running it here would nest one task in another's stack.
        if isFirst { loop.execute { self.drain() } }
    }

    private func drain() {
        while let job = next() { job.runSynchronously(on: asUnownedTaskExecutor()) }
    }

    private func next() -> UnownedJob? {
        waiting.withLock { waiting in
            let isOthersTurn = waiting.urgentInARow >= Self.longestUrgentRun && !waiting.others.isEmpty
            if !isOthersTurn, let job = waiting.urgent.popFirst() {
                waiting.urgentInARow += 1
                return job
            }
            waiting.urgentInARow = 0
            let job = waiting.others.popFirst()
            waiting.isDraining = job != nil
            return job
        }
    }
}
