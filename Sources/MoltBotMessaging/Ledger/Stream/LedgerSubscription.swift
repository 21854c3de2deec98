internal import AMQP
internal import Synchronization

/// One consumer of the ledger stream, from its start to its loss.
final class LedgerSubscription: Sendable {
    /// The stream is not the one that the reader knows.
    struct Replaced: Error {}

    /// Nothing comes any more, not even a mark put there to be heard: the consumer was forgotten, or waits beyond the stream's end.
    struct Silent: Error {}

    private struct State {
        var reached: LedgerPosition?
        var lastHeard = ContinuousClock.now
        var isTaking = false
    }

    /// Deliveries that may be open at once; below this a reader of many small messages is bound by round trips.
    private static let prefetch: UInt16 = 4000
    private static let maximumBatch = 2000
    private static let maximumBatchBytes = 8 * 1024 * 1024
    /// A transaction of the reader costs as much as a few entries: worth a wait that nobody notices.
    private static let linger = Duration.milliseconds(10)
    /// After this long without an entry a mark is put into the stream, and after as long again the subscription is over.
    private static let silence = Duration.seconds(10)
    /// For a connection: whoever reads the ledger has nothing else to do.
    static let longestWait = Duration.seconds(86_400)

    private let session: BrokerSession
    private let isUrgent: @Sendable (LedgerEntry) -> Bool
    private let start: LedgerPosition?
    private let beginsAnew: Bool
    private let state: Mutex<State>
    private let buffer = LedgerBuffer(maximumCount: maximumBatch, maximumBytes: maximumBatchBytes, linger: linger)

    /// - Parameter beginsAnew: what the first batch says.
    init(
        _ session: BrokerSession, after start: LedgerPosition?, beginsAnew: Bool,
        isUrgent: @escaping @Sendable (LedgerEntry) -> Bool
    ) {
        self.session = session
        self.isUrgent = isUrgent
        self.start = start
        self.beginsAnew = beginsAnew
        state = Mutex(State(reached: start))
    }

    /// Of the last entry that was taken care of.
    var position: LedgerPosition? { state.withLock(\.reached) }

    /// - Throws: ``Replaced``, ``Silent``, ``AMQPError``, or what `take` throws.
    func run(_ take: @escaping @Sendable (LedgerBatch) async throws -> Void) async throws {
        if let start, let end = try await LedgerProbe(session: session).end(), end <= start.offset { throw Replaced() }
        try await session.consuming.withChannel(timeout: Self.longestWait) { channel in
            let continuity = LedgerContinuity(after: start)
            let offset = continuity.start.map { AMQPValue.int64($0) } ?? .string("first")
            let deliveries = try await channel.deliveries(
                of: AMQPSubscription(queue: BrokerNames.Queue.ledger, prefetch: Self.prefetch, arguments: { ["x-stream-offset": offset] }))
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await self.gather(deliveries, on: channel, continuity) }
                group.addTask { await self.listen() }
                defer { group.cancelAll() }
                var isFirst = beginsAnew
                while let items = await buffer.next() {
                    let entries = items.map(\.entry)
                    state.withLock { $0.isTaking = true }
                    try await take(
                        LedgerBatch(entries: entries, beginsAnew: isFirst, missing: items.reduce(0) { $0 + $1.missing }))
                    isFirst = false
                    state.withLock { state in
                        state.reached = entries.last?.position ?? state.reached
                        (state.isTaking, state.lastHeard) = (false, .now)
                    }
                    for item in items { channel.settle(item.delivery, .ack) }
                }
                if let failure = buffer.failure { throw failure }
            }
        }
    }

    /// Ends the subscription when nothing is to be heard of the stream any more.
    private func listen() async {
        while !Task.isCancelled {
            // Cut short when the subscription ends, which ends the loop as well.
            try? await Task.sleep(for: Self.silence)
            let heard = state.withLock(\.lastHeard)
            guard isIdle, heard.duration(to: .now) >= Self.silence else { continue }
            LedgerMarks(session).drop()
            try? await Task.sleep(for: Self.silence)
            if isIdle, state.withLock(\.lastHeard) == heard { return buffer.end(Silent()) }
        }
    }

    /// False while the reader holds up the stream by itself.
    private var isIdle: Bool { buffer.isEmpty && !state.withLock(\.isTaking) }

    private func gather(
        _ deliveries: AsyncThrowingStream<AMQPDelivery, any Error>, on channel: AMQPChannel, _ continuity: LedgerContinuity
    ) async {
        var continuity = continuity
        do {
            for try await delivery in deliveries {
                guard let entry = LedgerEntry(delivery) else {
                    channel.settle(delivery, .ack)
                    continue
                }
                switch continuity.received(entry.position) {
                case .known:
                    channel.settle(delivery, .ack)
                    state.withLock { $0.lastHeard = .now }
                case .replaced:
                    throw Replaced()
                case .new(let missing):
                    buffer.append(.init(entry: entry, delivery: delivery, missing: missing), isUrgent: isUrgent(entry))
                }
            }
            buffer.end()
        } catch {
            buffer.end(error)
        }
    }
}
