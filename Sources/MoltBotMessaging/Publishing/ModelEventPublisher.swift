package import AMQP
package import MoltBotCore
internal import NIOCore

/// Publishes what happens to deployments on the events exchange.
package struct ModelEventPublisher: Sendable {
    private let client: AMQPClient

    package init(_ client: AMQPClient) {
        self.client = client
    }

    /// Sends once, without waiting: news, not promises. The next opening is told again.
    package func announce(_ event: ModelEvent) {
        client.send(
            AMQPMessage(
                exchange: BrokerNames.Exchange.events, routingKey: event.routingKey,
                properties: AMQPProperties(
                    contentType: ModelEvent.contentType, deliveryMode: .persistent, messageID: event.id,
                    timestamp: UInt64(clamping: event.time.secondsSinceEpoch), type: event.kind.rawValue, appID: BrokerNames.application),
                body: ByteBuffer(bytes: event.encode()), isMandatory: false))
    }
}
