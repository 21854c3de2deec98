internal import Synchronization

/// Bounds the handlers of one consumer on one connection. One task takes slots, the handlers give them back.
final class HandlerSlots: Sendable {
    private struct State {
        var free: Int
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let count: Int
    private let state: Mutex<State>

    init(_ count: Int) {
        self.count = count
        state = Mutex(State(free: count))
    }

    /// Waits for a free slot. Handlers are told when their consumer is cancelled, so the wait ends with them.
    func take() async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                guard state.free > 0 else {
                    state.waiter = continuation
                    return false
                }
                state.free -= 1
                return true
            }
            if isFree { continuation.resume() }
        }
    }

    /// Waits for the end of all handlers; none may start after.
    func takeAll() async {
        for _ in 0..<count { await take() }
    }

    func giveBack() {
        let waiter = state.withLock { state in
            guard let waiter = state.waiter.take() else {
                state.free += 1
                return CheckedContinuation<Void, Never>?.none
            }
            return waiter
        }
        waiter?.resume()
    }
}
