import MoltBotCore
import Synchronization

/// The tasks of one command whose outcome is still to come.
final class AwaitedTasks: Sendable {
    private struct State {
        var waiting: Set<TaskID> = []
        var sent = 0
        var isComplete = false
        var failures = 0
    }

    private let state = Mutex(State())

    /// To be called before the task is published: its outcome may be faster than the confirm.
    func add(_ id: TaskID) { state.withLock { _ = $0.waiting.insert(id) } }

    /// The broker has one more.
    func sent() { state.withLock { $0.sent += 1 } }

    /// No more will be added. True when none is waited for.
    func complete() -> Bool {
        state.withLock { state in
            state.isComplete = true
            return state.waiting.isEmpty
        }
    }

    /// Takes note of an outcome.
    /// - Returns: whether it was waited for (false for a repeated one), and whether it was the last.
    func ended(_ id: TaskID, isCompleted: Bool) -> (isNew: Bool, isLast: Bool) {
        state.withLock { state in
            let isNew = state.waiting.remove(id) != nil
            if isNew, !isCompleted { state.failures += 1 }
            return (isNew, state.isComplete && state.waiting.isEmpty)
        }
    }

    /// How many are still waited for.
    var count: Int { state.withLock(\.waiting.count) }

    /// How many of them the broker has for sure, ended or not.
    var sentCount: Int { state.withLock(\.sent) }

    /// How many ended otherwise than completed.
    var failures: Int { state.withLock(\.failures) }
}
