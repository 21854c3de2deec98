internal import Synchronization

/// The way of events to one listener, which gets the newest ones when it is too slow for all.
final class EventBuffer: Sendable {
    private let source: AsyncStream<MoltBot.Event>.Continuation
    private let missedCount = Mutex(0)

    init(_ source: AsyncStream<MoltBot.Event>.Continuation) {
        self.source = source
    }

    /// Events that the listener was too slow for.
    var missed: Int { missedCount.withLock(\.self) }

    func add(_ event: MoltBot.Event) {
        if case .dropped = source.yield(event) { missedCount.withLock { $0 += 1 } }
    }

    func close() { source.finish() }
}
