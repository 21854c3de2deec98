internal import AMQP
internal import Synchronization

/// One consumer of the ledger stream, from its start to its loss.
final class LedgerSubscription: Sendable {
    /// The stream is not the one that the reader knows.
    struct Replaced: Error {}

    /// Deliveries that may be open at once; below this a reader of many small messages is bound by round trips.
    private static let prefetch: UInt16 = 4000
    private static let maximumBatch = 2000
    private static let maximumBatchBytes = 8 * 1024 * 1024
    /// A transaction of the reader costs as much as a few entries: worth a wait that nobody notices.
    private static let linger = Duration.milliseconds(10)

    private let session: BrokerSession
    private let isUrgent: @Sendable (LedgerEntry) -> Bool
    private let start: LedgerPosition?
    private let beginsAnew: Bool
    private let reached: Mutex<LedgerPosition?>
    private let buffer = LedgerBuffer(maximumCount: maximumBatch, maximumBytes: maximumBatchBytes, linger: linger)

    /// - Parameter beginsAnew: what the first batch says.
    init(
        _ session: BrokerSession, after start: LedgerPosition?, beginsAnew: Bool, isUrgent: @escaping @Sendable (LedgerEntry) -> Bool
    ) {
        self.session = session
        self.isUrgent = isUrgent
        self.start = start
        self.beginsAnew = beginsAnew
        reached = Mutex(start)
    }

    /// Of the last entry that was taken care of.
    var position: LedgerPosition? { reached.withLock(\.self) }

    /// - Throws: ``Replaced``, ``AMQPError``, or what `take` throws.
    func run(_ take: @escaping @Sendable (LedgerBatch) async throws -> Void) async throws {
        // Waits as long as it takes: whoever reads the ledger has nothing else to do.
        try await session.consuming.withChannel(timeout: .seconds(86_400)) { channel in
            let continuity = LedgerContinuity(after: start)
            let offset = continuity.start.map { AMQPValue.int64($0) } ?? .string("first")
            let deliveries = try await channel.deliveries(
                of: AMQPSubscription(queue: BrokerNames.Queue.ledger, prefetch: Self.prefetch, arguments: { ["x-stream-offset": offset] }))
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    defer { self.buffer.end() }
                    try await self.gather(deliveries, on: channel, continuity)
                }
                group.addTask { await LedgerMarks(self.session).drop() }
                var isFirst = beginsAnew
                while let items = await buffer.next() {
                    let entries = items.map(\.entry)
                    try await take(
                        LedgerBatch(entries: entries, beginsAnew: isFirst, missing: items.reduce(0) { $0 + $1.missing }))
                    isFirst = false
                    reached.withLock { $0 = entries.last?.position ?? $0 }
                    for item in items { channel.settle(item.delivery, .ack) }
                }
                // The gathering has ended and says why.
                try await group.next()
                group.cancelAll()
            }
        }
    }

    private func gather(
        _ deliveries: AsyncThrowingStream<AMQPDelivery, any Error>, on channel: AMQPChannel, _ continuity: LedgerContinuity
    ) async throws {
        var continuity = continuity
        for try await delivery in deliveries {
            guard let entry = LedgerEntry(delivery) else {
                channel.settle(delivery, .ack)
                continue
            }
            switch continuity.received(entry.position) {
            case .known:
                channel.settle(delivery, .ack)
            case .replaced:
                throw Replaced()
            case .new(let missing):
                buffer.append(.init(entry: entry, delivery: delivery, missing: missing), isUrgent: isUrgent(entry))
            }
        }
    }
}
