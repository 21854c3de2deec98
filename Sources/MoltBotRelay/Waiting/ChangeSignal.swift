internal import Synchronization

/// Wakes those who wait for something to change. They look for themselves what has.
final class ChangeSignal: Sendable {
    private struct State {
        var version = 0
        var lastWaiter = 0
        /// Bounded by the tasks that wait, one each.
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
    }

    private let state = Mutex(State())

    /// Read it before the look, and give it to ``wait(beyond:)`` after: no change in between is missed.
    var version: Int { state.withLock(\.version) }

    func changed() {
        let waiters = state.withLock { state in
            state.version += 1
            defer { state.waiters.removeAll() }
            return state.waiters.values
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Returns when there was a change after `version`, or when the caller is cancelled.
    func wait(beyond version: Int) async {
        let id = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if state.version > version || Task.isCancelled { return true }
                    state.waiters[id] = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.resume()
        }
    }

    /// The same, and no longer than until `deadline`.
    func wait(beyond version: Int, until deadline: ContinuousClock.Instant?) async {
        guard let deadline else { return await wait(beyond: version) }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.wait(beyond: version) }
            group.addTask { try? await Task.sleep(until: deadline, clock: .continuous) }
            await group.next()
            group.cancelAll()
        }
    }
}
