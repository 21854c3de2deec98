internal import Synchronization

/// Waits for things that happen to keys. Bounded; a wait is registered before its condition is looked up, so that nothing is missed.
final class WaitRegistry<Key: Hashable & Sendable>: Sendable {
    /// One wait.
    struct Ticket: Sendable {
        fileprivate let id: Int
        fileprivate let key: Key
        fileprivate let signal: AsyncStream<Void>
        fileprivate let source: AsyncStream<Void>.Continuation
    }

    private struct State {
        var lastID = 0
        var count = 0
        var waiting: [Key: [Int: AsyncStream<Void>.Continuation]] = [:]
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) {
        self.limit = limit
    }

    var isEmpty: Bool { state.withLock { $0.count == 0 } }

    func isWaited(for key: Key) -> Bool { state.withLock { $0.waiting[key] != nil } }

    /// Runs `body` with a wait for `key` that is registered first, and ends it.
    /// - Throws: ``LedgerError`` with code `busy` when there are too many, or what `body` throws.
    func withTicket<Result>(for key: Key, _ body: (Ticket) async throws(LedgerError) -> Result) async throws(LedgerError) -> Result {
        let (signal, source) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let id: Int? = state.withLock { state in
            guard state.count < limit else { return nil }
            state.lastID += 1
            state.count += 1
            state.waiting[key, default: [:]][state.lastID] = source
            return state.lastID
        }
        guard let id else {
            throw LedgerError(.busy, "this node already holds \(limit) waiting requests; try again in a moment, or at another node")
        }
        defer { forget(key, id) }
        return try await body(Ticket(id: id, key: key, signal: signal, source: source))
    }

    /// True when it happened since the ticket was made, false after `duration` or when cancelled.
    func wait(_ ticket: Ticket, within duration: Duration) async -> Bool {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                // Cut short when the wait is over.
                try? await Task.sleep(for: duration)
                ticket.source.finish()
            }
            defer { group.cancelAll() }
            for await _ in ticket.signal { return true }
            return false
        }
    }

    func happened(_ key: Key) {
        let sources = state.withLock { $0.waiting[key].map { Array($0.values) } ?? [] }
        for source in sources { source.yield() }
    }

    private func forget(_ key: Key, _ id: Int) {
        state.withLock { state in
            state.count -= 1
            state.waiting[key]?[id] = nil
            if state.waiting[key]?.isEmpty == true { state.waiting[key] = nil }
        }
    }
}
