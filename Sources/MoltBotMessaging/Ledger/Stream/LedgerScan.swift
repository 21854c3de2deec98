internal import AMQP
internal import MoltBotCore

/// Reads the ledger stream once: from a moment to a mark that is put at its end first, so that everything stored before the scan is seen.
struct LedgerScan: Sendable {
    /// What a reader says after each message.
    enum Next {
        case more, enough
    }

    /// Clocks of publishers and of the broker may differ by this much.
    private static let clockTolerance = Duration.seconds(10)
    private static let prefetch: UInt16 = 2000
    /// For the connections.
    private static let patience = Duration.seconds(30)

    let session: BrokerSession

    /// - Parameters:
    ///   - start: the stream is entered a little before it; nil reads from the stream's beginning. Earlier messages may be seen as well:
    ///     the broker finds the place by blocks of messages.
    ///   - look: the messages in their order. A task's exchange tells it from an event.
    /// - Throws: ``AMQPError``; code 404 when there is no ledger. What `look` throws.
    func run(since start: Timestamp?, _ look: (AMQPDelivery) async throws -> Next) async throws {
        try await session.waitUntilConnected(within: Self.patience)
        let mark = LedgerMarks.newID()
        try await LedgerMarks(session).put(mark)
        let offset: AMQPValue =
            start.map { .timestamp(UInt64(clamping: ($0 + (.zero - Self.clockTolerance)).secondsSinceEpoch)) } ?? .string("first")
        try await session.consuming.withChannel { channel in
            let deliveries = try await channel.deliveries(
                of: AMQPSubscription(
                    queue: BrokerNames.Queue.ledger, prefetch: Self.prefetch, arguments: { ["x-stream-offset": offset] }))
            for try await delivery in deliveries {
                channel.settle(delivery, .ack)
                if delivery.properties.messageID == mark { return }
                if try await look(delivery) == .enough { return }
            }
        }
    }
}
