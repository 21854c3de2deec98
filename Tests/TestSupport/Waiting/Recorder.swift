import Synchronization

/// Remembers what happened, in order, and wakes whoever waits for it: the replacement for polling in tests.
///
///     let lines = Recorder<String>()
///     let ready = try await lines.first("the ready line") { $0.contains("ready") }
///
/// It keeps the newest `limit` elements, so a test that runs wild cannot fill the memory.
package final class Recorder<Element: Sendable>: Sendable {
    private struct Waiter {
        /// Whether the wait is over; called under the lock.
        let isSatisfied: @Sendable (State) -> Bool
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var elements: [Element] = []
        var dropped = 0
        var isFinished = false
        var nextWaiter = 0
        var waiters: [Int: Waiter] = [:]
    }

    private let limit: Int
    private let state = Mutex(State())

    package init(limit: Int = 100_000) {
        self.limit = limit
    }

    /// What was recorded so far, oldest first.
    package var elements: [Element] { state.withLock(\.elements) }

    /// How often `record` was called, including elements that are no longer kept.
    package var count: Int { state.withLock { $0.elements.count + $0.dropped } }

    package func record(_ element: Element) {
        update { state in
            if state.elements.count == limit {
                // A tenth at once, so that dropping costs little on average.
                let surplus = max(1, limit / 10)
                state.elements.removeFirst(surplus)
                state.dropped += surplus
            }
            state.elements.append(element)
        }
    }

    /// Nothing more will be recorded: whoever waits for something that has not come fails at once.
    package func finish() {
        update { $0.isFinished = true }
    }

    /// The first recorded element that matches, past or future.
    package func first(
        _ what: String, within duration: Duration = .seconds(60), where matches: @escaping @Sendable (Element) -> Bool
    ) async throws -> Element {
        try await wait(what, within: duration) { $0.elements.contains(where: matches) }
        guard let found = elements.first(where: matches) else {
            throw TestSupportError(.ended, "\(what): it was recorded and dropped again, the recorder's limit is \(limit).")
        }
        return found
    }

    /// Everything recorded once there are at least `count` elements.
    @discardableResult
    package func atLeast(_ count: Int, _ what: String, within duration: Duration = .seconds(60)) async throws -> [Element] {
        try await wait("\(count) times \(what)", within: duration) { $0.elements.count + $0.dropped >= count }
        return elements
    }

    /// Returns when `finish` was called.
    package func waitUntilFinished(_ what: String, within duration: Duration = .seconds(60)) async throws {
        try await wait(what, within: duration) { $0.isFinished }
    }

    private func wait(_ what: String, within duration: Duration, until isSatisfied: @escaping @Sendable (State) -> Bool) async throws {
        try await withDeadline(duration, what) { try await self.suspend(until: isSatisfied) }
        guard state.withLock({ isSatisfied($0) }) else {
            throw TestSupportError(.ended, "\(what): the source ended after \(count) elements without it.")
        }
    }

    private func suspend(until isSatisfied: @escaping @Sendable (State) -> Bool) async throws {
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let outcome: Result<Void, any Error>? = state.withLock { state in
                    if isSatisfied(state) || state.isFinished { return .success(()) }
                    // The handler below may have run before there was anything to take out.
                    if Task.isCancelled { return .failure(CancellationError()) }
                    state.waiters[id] = Waiter(isSatisfied: isSatisfied, continuation: continuation)
                    return nil
                }
                if let outcome { continuation.resume(with: outcome) }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.continuation.resume(throwing: CancellationError())
        }
    }

    private func update(_ change: (inout State) -> Void) {
        let satisfied = state.withLock { state in
            change(&state)
            let ids = state.waiters.filter { state.isFinished || $0.value.isSatisfied(state) }.keys
            return ids.compactMap { state.waiters.removeValue(forKey: $0) }
        }
        for waiter in satisfied { waiter.continuation.resume() }
    }
}
