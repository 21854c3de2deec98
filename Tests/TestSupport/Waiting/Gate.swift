import Synchronization

/// Holds others back until it is opened, once and for good.
package final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var actions: [@Sendable () -> Void] = []
    }

    private let state = Mutex(State())

    package init() {}

    package var isOpen: Bool { state.withLock(\.isOpen) }

    package func open() {
        let actions = state.withLock { state in
            state.isOpen = true
            defer { state.actions = [] }
            return state.actions
        }
        for action in actions { action() }
    }

    /// Runs the action when the gate opens, at once if it is open, on the thread that opens it.
    func whenOpen(_ action: @escaping @Sendable () -> Void) {
        let isOpen = state.withLock { state in
            if !state.isOpen { state.actions.append(action) }
            return state.isOpen
        }
        if isOpen { action() }
    }

    /// Waits until the gate is open.
    package func wait(_ what: String = "the gate to open", within duration: Duration = .seconds(60)) async throws {
        let opened = Recorder<Void>()
        whenOpen { opened.record(()) }
        try await opened.atLeast(1, what, within: duration)
    }
}
