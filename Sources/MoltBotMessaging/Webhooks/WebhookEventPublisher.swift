package import AMQP
package import Logging
package import MoltBotCore
internal import NIOCore

/// Publishes what happens to deliveries and endpoints on the events exchange.
package struct WebhookEventPublisher: Sendable {
    private let client: AMQPClient
    private let publisher: ReliablePublisher

    package init(_ client: AMQPClient, logger: Logger) {
        self.client = client
        publisher = ReliablePublisher(client: client, logger: logger)
    }

    /// Sends once, without waiting: single attempts are news, not promises.
    package func announce(_ event: WebhookEvent) {
        client.send(message(event))
    }

    /// Returns when the broker has the event: somebody has to act on it.
    package func publish(_ event: WebhookEvent) async throws(AMQPError) {
        try await publisher.publish(message(event))
    }

    private func message(_ event: WebhookEvent) -> AMQPMessage {
        AMQPMessage(
            exchange: BrokerNames.Exchange.events, routingKey: "\(event.workspace.name).\(event.kind.rawValue)",
            properties: AMQPProperties(
                contentType: WebhookEvent.contentType, deliveryMode: .persistent, correlationID: event.taskID, messageID: event.id,
                timestamp: UInt64(clamping: event.time.secondsSinceEpoch), type: event.kind.rawValue, appID: BrokerNames.application),
            body: ByteBuffer(bytes: event.encode()), isMandatory: false)
    }
}
