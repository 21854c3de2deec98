internal import AMQP
internal import Synchronization

/// Entries between the connection that brings them and the reader that takes them in batches.
///
/// Bounded by the consumer's prefetch: a delivery is acknowledged only after its batch was taken care of.
final class LedgerBuffer: Sendable {
    struct Item {
        var entry: LedgerEntry
        var delivery: AMQPDelivery
        /// Entries before this one that are gone unread.
        var missing: Int64
    }

    private enum Wish {
        case anything, fullBatch
    }

    private struct State {
        var items: [Item] = []
        var bytes = 0
        var isUrgent = false
        var hasEnded = false
        var failure: (any Error)?
        var waiter: (wish: Wish, continuation: CheckedContinuation<Void, Never>)?
    }

    private let maximumCount: Int
    private let maximumBytes: Int
    private let linger: Duration
    private let state = Mutex(State())

    /// - Parameters:
    ///   - maximumCount: entries in a batch.
    ///   - maximumBytes: of their bodies; a batch goes over it by its last entry only.
    ///   - linger: how long a batch may grow that is neither full nor urgent.
    init(maximumCount: Int, maximumBytes: Int, linger: Duration) {
        self.maximumCount = maximumCount
        self.maximumBytes = maximumBytes
        self.linger = linger
    }

    func append(_ item: Item, isUrgent: Bool) {
        change { state in
            state.items.append(item)
            state.bytes += item.entry.bodySize
            if isUrgent { state.isUrgent = true }
        }
    }

    /// No more entries come; what is there can still be taken. The first call counts.
    func end(_ failure: (any Error)? = nil) {
        change { state in
            guard !state.hasEnded else { return }
            state.hasEnded = true
            state.failure = failure
        }
    }

    /// Why no more entries come.
    var failure: (any Error)? { state.withLock(\.failure) }

    var isEmpty: Bool { state.withLock(\.items.isEmpty) }

    /// The next batch, at least one entry; nil when the buffer has ended or the caller is cancelled.
    func next() async -> [Item]? {
        await wait(for: .anything)
        if !isSatisfied(.fullBatch) {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.wait(for: .fullBatch) }
                group.addTask { [linger] in try? await Task.sleep(for: linger) }
                await group.next()
                group.cancelAll()
            }
        }
        if Task.isCancelled { return nil }
        let batch = state.withLock { state in takeBatch(&state) }
        return batch.isEmpty ? nil : batch
    }

    private func takeBatch(_ state: inout State) -> [Item] {
        var count = 0
        var bytes = 0
        while count < min(maximumCount, state.items.count), bytes < maximumBytes {
            bytes += state.items[count].entry.bodySize
            count += 1
        }
        let batch = Array(state.items[..<count])
        state.items.removeFirst(count)
        state.bytes -= bytes
        // What is urgent may be further back; then the rest follows at once.
        if state.items.isEmpty { state.isUrgent = false }
        return batch
    }

    private func isSatisfied(_ wish: Wish) -> Bool { state.withLock { isSatisfied(wish, $0) } }

    private func isSatisfied(_ wish: Wish, _ state: State) -> Bool {
        switch wish {
        case .anything: state.hasEnded || !state.items.isEmpty
        case .fullBatch: state.hasEnded || state.isUrgent || state.items.count >= maximumCount || state.bytes >= maximumBytes
        }
    }

    private func wait(for wish: Wish) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if isSatisfied(wish, state) || Task.isCancelled { return true }
                    state.waiter = (wish, continuation)
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { Self.takeWaiter(&$0) }?.resume()
        }
    }

    private func change(_ body: (inout State) -> Void) {
        let waiter = state.withLock { state in
            body(&state)
            guard let wish = state.waiter?.wish, isSatisfied(wish, state) else { return CheckedContinuation<Void, Never>?.none }
            return Self.takeWaiter(&state)
        }
        waiter?.resume()
    }

    private static func takeWaiter(_ state: inout State) -> CheckedContinuation<Void, Never>? {
        defer { state.waiter = nil }
        return state.waiter?.continuation
    }
}
