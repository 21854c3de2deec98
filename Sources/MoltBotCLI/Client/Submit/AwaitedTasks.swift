import MoltBotCore
import Synchronization

/// The tasks of one command whose outcome is still to come.
final class AwaitedTasks: Sendable {
    private struct State {
        var waiting: Set<TaskID> = []
        var sent = 0
        var isComplete = false
        var failed: Set<TaskID> = []
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

    /// False for an outcome that has been seen before, or that is somebody else's.
    func expects(_ id: TaskID) -> Bool { state.withLock { $0.waiting.contains(id) } }

    /// It has ended otherwise than completed, whether or not the user can be told.
    func failed(_ id: TaskID) { state.withLock { _ = $0.failed.insert(id) } }

    /// To be called once the user has been told of the outcome.
    func told(_ id: TaskID) { state.withLock { _ = $0.waiting.remove(id) } }

    /// All outcomes are there, and no more tasks will be added.
    var isOver: Bool { state.withLock { $0.isComplete && $0.waiting.isEmpty } }

    /// How many are still waited for.
    var count: Int { state.withLock(\.waiting.count) }

    /// How many of them the broker has for sure, ended or not.
    var sentCount: Int { state.withLock(\.sent) }

    /// How many ended otherwise than completed.
    var failures: Int { state.withLock(\.failed.count) }
}
