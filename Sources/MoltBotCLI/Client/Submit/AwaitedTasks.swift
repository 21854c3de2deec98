internal import MoltBotCore
internal import Synchronization

/// The tasks of one command whose outcome is still to come.
final class AwaitedTasks: Sendable {
    private struct State {
        var waiting: Set<TaskID> = []
        var isComplete = false
    }

    private let state = Mutex(State())

    /// To be called before the task is published: its outcome may be faster than the confirm.
    func add(_ id: TaskID) { state.withLock { _ = $0.waiting.insert(id) } }

    /// No more will be added. True when none is waited for.
    func complete() -> Bool {
        state.withLock { state in
            state.isComplete = true
            return state.waiting.isEmpty
        }
    }

    /// Takes note of an outcome.
    /// - Returns: whether it was waited for (false for a repeated one), and whether it was the last.
    func ended(_ id: TaskID) -> (isNew: Bool, isLast: Bool) {
        state.withLock { state in
            let isNew = state.waiting.remove(id) != nil
            return (isNew, state.isComplete && state.waiting.isEmpty)
        }
    }

    var count: Int { state.withLock { $0.waiting.count } }
}
