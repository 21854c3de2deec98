internal import Synchronization

/// The tasks in which handlers of events run, one each, so that a slow or failing one disturbs no other.
final class HandlerTasks: Sendable {
    private struct State {
        var tasks: [Int: Task<Void, Never>] = [:]
        var lastNumber = 0
    }

    private let state = Mutex(State())

    func add(_ body: @escaping @Sendable () async -> Void) {
        state.withLock { state in
            state.lastNumber += 1
            let number = state.lastNumber
            state.tasks[number] = Task {
                await body()
                // Takes the lock, so it waits until the task is in the table.
                self.state.withLock { _ = $0.tasks.removeValue(forKey: number) }
            }
        }
    }

    /// Returns when all handlers have ended: by themselves within `grace`, else cancelled.
    func finish(within grace: Duration) async {
        let tasks = state.withLock { Array($0.tasks.values) }
        let timer = Task {
            // Cut short when all have ended.
            guard (try? await Task.sleep(for: grace)) != nil else { return }
            for task in tasks { task.cancel() }
        }
        for task in tasks { await task.value }
        timer.cancel()
    }
}
