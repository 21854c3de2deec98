internal import AMQP
internal import Logging
internal import MoltBotCore

/// Reads the registry stream on one channel from its beginning, and keeps the state it leads to.
struct RegistryReader {
    private static let prefetch: UInt16 = 1000

    private let channel: AMQPChannel
    private let kinds: Set<RegistryRecord.Kind>
    private let logger: Logger
    private var deliveries: AsyncThrowingStream<AMQPDelivery, any Error>.Iterator
    private(set) var projection = RegistryProjection()
    /// The message that was read last.
    private(set) var position: RegistryPosition?

    init(_ channel: AMQPChannel, kinds: Set<RegistryRecord.Kind>, logger: Logger) async throws(AMQPError) {
        self.channel = channel
        self.kinds = kinds
        self.logger = logger
        deliveries = try await channel.deliveries(
            of: AMQPSubscription(
                queue: BrokerNames.Queue.registry, prefetch: Self.prefetch, arguments: { ["x-stream-offset": "first"] })
        ).makeAsyncIterator()
    }

    /// The next message's id, and its record if it has one that counts.
    /// - Throws: what ended the channel, or `CancellationError`.
    mutating func next() async throws -> (id: String?, record: RegistryRecord?) {
        guard let delivery = try await deliveries.next(isolation: #isolation) else { throw CancellationError() }
        // On a stream this only lets the broker send on.
        channel.settle(delivery, .ack)
        position = RegistryPosition(delivery)
        return (delivery.properties.messageID, accepted(delivery))
    }

    /// Reads up to the message with this id.
    /// - Returns: whether it is a record that counts.
    mutating func read(to id: String) async throws -> Bool {
        while true {
            let message = try await next()
            if message.id == id { return message.record != nil }
        }
    }

    /// Reads everything that was stored before the call.
    mutating func catchUp(_ session: BrokerSession) async throws {
        let last = try await RegistryEnd(session: session).lastMessage()?.messageID
        let end = if let last { last } else { try await RegistryWriter(session).mark() }
        _ = try await read(to: end)
    }

    private mutating func accepted(_ delivery: AMQPDelivery) -> RegistryRecord? {
        let name = delivery.properties.messageID ?? "without an id"
        switch RegistryMessage(delivery) {
        case .revision(let revision):
            return kinds.contains(revision.record.kind) && projection.apply(revision) ? revision.record : nil
        case .mark:
            return nil
        case .unknownKind(let kind):
            logger.debug(
                "Skipped a registry record of an unknown kind",
                metadata: ["moltbot.registry.kind": "\(kind)", "moltbot.message.id": "\(name)"])
            return nil
        case .unreadable(let reason):
            logger.warning(
                "Skipped a registry record that cannot be read",
                metadata: ["moltbot.message.id": "\(name)", "moltbot.reason": "\(reason)"])
            return nil
        }
    }
}
