internal import AMQP
internal import MoltBotCore

/// Finds out how long the ledger stream is: by a mark put at its end.
///
/// A reader that asks for an offset beyond the end hears nothing until the stream has grown up to it, and RabbitMQ does not say so.
/// That is what a stream looks like that was deleted and declared again.
struct LedgerProbe: Sendable {
    private static let patience = Duration.seconds(5)
    private static let prefetch: UInt16 = 1000

    let session: BrokerSession

    /// The offset of a mark put there now; nil when the broker takes no messages at the moment.
    /// - Throws: ``AMQPError``.
    func end() async throws -> Int64? {
        try await session.consuming.withChannel(timeout: LedgerSubscription.longestWait) { channel in
            let deliveries = try await channel.deliveries(
                of: AMQPSubscription(
                    queue: BrokerNames.Queue.ledger, prefetch: Self.prefetch, arguments: { ["x-stream-offset": "last"] }))
            let mark = LedgerMarks.newID()
            // The two connections of a session come up in no particular order.
            try? await session.publishing.waitUntilConnected(within: Self.patience)
            guard (try? await LedgerMarks(session).put(mark)) != nil else { return nil }
            return try await withThrowingTaskGroup(of: Int64?.self) { group in
                group.addTask {
                    for try await delivery in deliveries {
                        channel.settle(delivery, .ack)
                        if delivery.properties.messageID == mark { return LedgerEntry(delivery)?.offset }
                    }
                    return nil
                }
                group.addTask {
                    // Cut short when the mark was found.
                    try? await Task.sleep(for: Self.patience)
                    return nil
                }
                defer { group.cancelAll() }
                return try await group.next() ?? nil
            }
        }
    }
}
