internal import AMQP
internal import MoltBotCore
internal import NIOCore

extension ControlLine {
    /// Puts a question on a queue of the topology and waits for its one reply, which comes to this process's own queue.
    /// - Returns: the reply's body; nil when none came in time.
    /// - Throws: ``AMQPError`` when the question could not be published.
    func request(type: String, body: [UInt8], at queue: String, within window: Duration) async throws -> ByteBuffer? {
        let id = UUIDText.version7()
        try await prepareForAnswers()
        return try await replies.reply(to: id, within: window) {
            try await session.publishing.publish(
                AMQPMessage(
                    exchange: BrokerNames.Exchange.byQueueName, routingKey: queue,
                    properties: AMQPProperties(
                        contentType: "application/json", deliveryMode: .transient, correlationID: id, replyTo: self.queue.name,
                        type: type, appID: BrokerNames.application),
                    body: ByteBuffer(bytes: body)))
        }
    }
}
