internal import Synchronization

/// Something that happens once, and that many may wait for.
final class OneShot: Sendable {
    /// Names a registration, to take it back.
    struct Registration: Sendable {
        fileprivate var id: Int
    }

    private struct State {
        var hasFired = false
        var lastID = 0
        var actions: [Int: @Sendable () -> Void] = [:]
    }

    private let state = Mutex(State())

    var hasFired: Bool { state.withLock { $0.hasFired } }

    func fire() {
        let actions = state.withLock { state in
            state.hasFired = true
            defer { state.actions.removeAll() }
            return state.actions.values
        }
        for action in actions { action() }
    }

    /// Runs `action` when it happens; at once when it has happened already.
    @discardableResult
    func whenFired(_ action: @escaping @Sendable () -> Void) -> Registration {
        let id: Int? = state.withLock { state in
            if state.hasFired { return nil }
            state.lastID += 1
            state.actions[state.lastID] = action
            return state.lastID
        }
        guard let id else {
            action()
            return Registration(id: 0)
        }
        return Registration(id: id)
    }

    func forget(_ registration: Registration) {
        _ = state.withLock { $0.actions.removeValue(forKey: registration.id) }
    }

    /// Returns when it has happened, or when the caller is cancelled.
    func wait() async {
        let (stream, source) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let registration = whenFired { source.finish() }
        defer { forget(registration) }
        for await _ in stream {}
    }
}
