internal import AMQP
internal import Logging
internal import Metrics
internal import MoltBotCore

/// Takes events from the relay's queue. Several relays share it.
package struct RelayInbox: Sendable {
    private static let prefetch: UInt16 = 200
    private static let pauseBeforeRequeue = Duration.seconds(5)

    private let session: BrokerSession

    package init(_ session: BrokerSession) {
        self.session = session
    }

    /// Consumes until shut down (then returns when the running handlers are done) or cancelled.
    ///
    /// Events about webhooks themselves are dropped here: delivered, each would bring about the next.
    /// - Parameters:
    ///   - restore: declares what a lost queue needs, where that is allowed; runs before the consumer starts again.
    ///   - begun: called each time the broker has let it consume the queue.
    ///   - handler: returns when all that follows from the event is stored.
    package func run(
        restore: @escaping @Sendable () async throws -> Void, begun: @escaping @Sendable () -> Void = {},
        handler: @escaping @Sendable (RelayEvent) async throws -> Void
    ) async {
        let name = BrokerNames.Queue.relay
        let recovery = QueueRecovery(of: name, restore: restore, logger: session.logger)
        // Only a cancellation is thrown, and then the caller ends as well.
        try? await session.consuming.consume(
            AMQPSubscription(queue: name, prefetch: Self.prefetch), recover: { await recovery.recover(from: $0) }, started: begun
        ) { delivery in
            if delivery.properties.type?.hasPrefix(WebhookEvent.typePrefix) == true { return .ack }
            return await settle(delivery, handler)
        }
    }

    private func settle(
        _ delivery: AMQPDelivery, _ handler: @Sendable (RelayEvent) async throws -> Void
    ) async -> AMQPDisposition {
        let event: RelayEvent
        do throws(RelayEvent.Unreadable) {
            event = try RelayEvent(delivery)
        } catch {
            Counter(label: "moltbot.webhook.unreadable.events").increment()
            session.logger.warning(
                "Not an event that could be delivered; it is dropped",
                metadata: ["moltbot.message.id": "\(delivery.properties.messageID ?? "")", "moltbot.reason": "\(error)"])
            return .ack
        }
        guard !event.type.hasPrefix(WebhookEvent.typePrefix) else { return .ack }
        do {
            try await handler(event)
            return .ack
        } catch {
            session.logger.error(
                "An event could not be routed and goes back to its queue",
                metadata: ["moltbot.event.id": "\(event.id)", "amqp.error": "\(error)"])
            // Not at once: whatever is wrong would be met again at full speed.
            try? await Task.sleep(for: Self.pauseBeforeRequeue)
            return .requeue
        }
    }
}
