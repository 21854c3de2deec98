internal import AMQP
internal import MoltBotCore

/// Where the registry stream ends at the moment of asking.
///
/// Every look at the registry needs to know, and the stream is kept for ever: so it is found without writing anything. RabbitMQ sends a
/// consumer that asks for the offset `last` the last chunk of the stream in one go.
struct RegistryEnd {
    /// An empty stream has no last chunk and says nothing; the broker's count of its messages is some seconds late.
    private static let patience = Duration.milliseconds(500)
    private static let prefetch: UInt16 = 1000

    let session: BrokerSession

    /// Nil when there is none, or when the broker does not say in time.
    func lastMessage() async throws -> RegistryPosition? {
        try await withThrowingTaskGroup(of: RegistryPosition?.self) { group in
            group.addTask { try await readLastChunk() }
            group.addTask {
                try await Task.sleep(for: Self.patience)
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
    }

    private func readLastChunk() async throws -> RegistryPosition? {
        let chunk = try await session.consuming.withChannel {
            channel -> (first: AMQPDelivery, rest: AsyncThrowingStream<AMQPDelivery, any Error>)? in
            let deliveries = try await channel.deliveries(
                of: AMQPSubscription(
                    queue: BrokerNames.Queue.registry, prefetch: Self.prefetch, arguments: { ["x-stream-offset": "last"] }))
            guard let first = try await deliveries.first(where: { _ in true }) else { return nil }
            // The broker answers after the whole chunk: both come from the same process of it.
            try await channel.queueDeclare(AMQPQueue(name: BrokerNames.Queue.registry), passive: true)
            return (first, deliveries)
        }
        guard let chunk else { return nil }
        var last = chunk.first
        do {
            for try await delivery in chunk.rest { last = delivery }
        } catch {
            // The end of the channel is the end of what it brought.
        }
        return RegistryPosition(last)
    }
}
