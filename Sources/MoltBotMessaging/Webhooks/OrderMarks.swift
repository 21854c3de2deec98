package import AMQP
internal import MoltBotCore
internal import NIOCore

/// The ``OrderMark``s of one endpoint, in a queue of their own on the broker. Whoever takes over the endpoint's deliveries reads them first.
///
/// One reader at a time: the deliveries have a single active consumer. A mark expires a while after its delivery is due.
package struct OrderMarks: Sendable {
    private let session: BrokerSession
    private let publisher: ReliablePublisher
    private let queue: String
    private let lateness: Duration
    private let numbers = MarkNumbers()

    /// - Parameter lateness: how long a mark counts beyond the time that it names.
    package init(_ session: BrokerSession, endpoint: String, lateness: Duration) {
        self.session = session
        self.lateness = lateness
        publisher = ReliablePublisher(client: session.publishing, logger: session.logger)
        queue = BrokerNames.orderQueue(endpoint)
    }

    /// Returns when the broker has the mark.
    /// - Throws: ``AMQPError``: `unroutable` when the queue is gone.
    package func store(_ mark: OrderMark) async throws(AMQPError) {
        let now = Timestamp.now()
        let remaining = max(.zero, (mark.until ?? now) - now) + lateness
        var headers: AMQPTable = [Self.number: .int64(numbers.next())]
        if let until = mark.until { headers[Self.until] = .string(until.rfc3339) }
        try await publisher.publish(
            AMQPMessage(
                exchange: BrokerNames.Exchange.byQueueName, routingKey: queue,
                properties: AMQPProperties(
                    headers: headers, deliveryMode: .persistent, correlationID: mark.task,
                    expiration: "\(remaining.wholeMilliseconds)", messageID: mark.id, appID: BrokerNames.application),
                body: ByteBuffer()), mayRepeat: \.isRetriableElsewhere)
    }

    /// All marks, oldest first. They stay in the queue.
    /// - Throws: ``AMQPError``: 404 when the queue is gone.
    package func read() async throws -> [OrderMark] {
        try await session.consuming.withChannel { channel in
            var marks: [(number: Int64, mark: OrderMark)] = []
            // What is not settled goes back when the channel closes: RabbitMQ 3.10 puts it back in any order.
            while let delivery = try await channel.get(queue) {
                guard let id = delivery.properties.messageID, let task = delivery.properties.correlationID else {
                    channel.settle(delivery, .ack)
                    continue
                }
                let headers = delivery.properties.headers
                let until = headers?[Self.until]?.stringValue.flatMap { Timestamp(rfc3339: $0) }
                let number = headers?[Self.number]?.integerValue ?? 0
                numbers.seen(number)
                marks.append((number, OrderMark(id: id, task: task, until: until)))
            }
            return marks.sorted { $0.number < $1.number }.map(\.mark)
        }
    }

    private static let until = "x-moltbot-until"
    private static let number = "x-moltbot-number"
}
