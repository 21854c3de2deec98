package import AMQP
package import Logging
internal import MoltBotCore

/// Stores deliveries where the broker holds them: in their receiver's queue, in the delay ladder, among the dead letters. Every method
/// returns when the broker has the message.
package struct DeliveryPublisher: Sendable {
    /// Reasons are for people; a header must fit a frame.
    private static let longestReason = 2000

    private let publisher: ReliablePublisher

    package init(_ client: AMQPClient, logger: Logger) {
        publisher = ReliablePublisher(client: client, logger: logger)
    }

    /// - Throws: ``AMQPError``: `unroutable` when the receiver has no queue; `nacked` when it is full; 403, 404, `cancelled`.
    package func store(_ delivery: WebhookDelivery) async throws(AMQPError) {
        try await publisher.publish(
            AMQPMessage(
                exchange: BrokerNames.Exchange.deliveries, routingKey: delivery.queue.word, properties: delivery.properties,
                body: delivery.body), mayRepeat: \.isRetriableElsewhere)
    }

    /// Stores it for `delay`, at least a second; it comes back to its queue by itself, never early. Delays beyond the ladder's reach of
    /// 48 days are cut to it.
    package func delay(_ delivery: WebhookDelivery, for delay: Duration) async throws(AMQPError) {
        let (seconds, rest) = delay.components
        let whole = Duration.seconds(max(1, rest > 0 ? seconds + 1 : seconds))
        guard let entry = DelayLadder.entry(for: whole, destination: BrokerNames.delayedDeliveryKey(delivery.queue.word)) else { return }
        try await publisher.publish(
            AMQPMessage(
                exchange: BrokerNames.delayExchange(level: entry.level), routingKey: entry.routingKey, properties: delivery.properties,
                body: delivery.body))
    }

    /// Gives the delivery up. `moltbot dead retry` puts it back to its queue, where its schedule begins anew.
    package func deadLetter(_ delivery: WebhookDelivery, reason: String) async throws(AMQPError) {
        var properties = delivery.properties
        properties.headers?[WireHeaders.deadReason] = .string("webhook_exhausted: " + reason.prefix(Self.longestReason))
        properties.headers?[WireHeaders.workspace] = .string(delivery.workspace.name)
        properties.headers?[WireHeaders.deadExchange] = .string(BrokerNames.Exchange.deliveries)
        properties.headers?[WireHeaders.deadRoutingKey] = .string(delivery.queue.word)
        properties.headers?[WireHeaders.diedAt] = .string(Timestamp.now().rfc3339)
        try await publisher.publish(
            AMQPMessage(
                exchange: BrokerNames.Exchange.dead, routingKey: "\(delivery.workspace.name).webhook_exhausted", properties: properties,
                body: delivery.body))
    }
}
