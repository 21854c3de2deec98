internal import Synchronization

/// Remembers that something happened until its one reader asks; several times count as one.
final class Pulse: Sendable {
    private struct State {
        var hasFired = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    func fire() {
        let waiter = state.withLock { state in
            defer { state.waiter = nil }
            state.hasFired = state.waiter == nil
            return state.waiter
        }
        waiter?.resume()
    }

    /// Returns at the first firing since the last call, after `duration`, or when cancelled.
    func next(within duration: Duration) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.wait() }
            // Cut short when the other one is faster.
            group.addTask { try? await Task.sleep(for: duration) }
            await group.next()
            group.cancelAll()
        }
    }

    private func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                let isOver = state.withLock { state in
                    if state.hasFired || Task.isCancelled {
                        state.hasFired = false
                        return true
                    }
                    state.waiter = waiter
                    return false
                }
                if isOver { waiter.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                defer { state.waiter = nil }
                return state.waiter
            }
            waiter?.resume()
        }
    }
}
