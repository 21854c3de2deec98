internal import AMQP
package import MoltBotCore
internal import NIOCore

/// Sends a made-up event through an endpoint's own queue, and sees what its receiver says.
///
/// It takes the way of every delivery, so it tells as much of the relay as of the receiver. It is tried once: a trial that fails is neither
/// repeated nor a dead letter.
package struct WebhookTrial: Sendable {
    package enum Outcome: Sendable, Equatable {
        /// What the relay told about its attempt.
        case attempted(WebhookEvent)
        /// No relay consumes anything; the event was not sent.
        case noRelay
        /// A relay runs and takes nothing from this endpoint's queue: its breaker is open, or the receiver has asked for a pause. The event
        /// waits there.
        case heldBack
        /// Nothing was heard in time; the event waits in the queue, or behind others.
        case unheard
    }

    /// One for the answer, and some that other deliveries bring about.
    private static let prefetch: UInt16 = 100

    private let session: BrokerSession
    private let endpoint: WebhookEndpoint

    package init(_ session: BrokerSession, of endpoint: WebhookEndpoint) {
        self.session = session
        self.endpoint = endpoint
    }

    /// - Parameter patience: how long to wait for the attempt.
    /// - Throws: ``AMQPError``; `unroutable` when the endpoint has no queue.
    package func run(within patience: Duration) async throws -> Outcome {
        guard try await consumers(of: BrokerNames.Queue.relay) > 0 else { return .noRelay }
        let delivery = delivery()
        let attempt = try await session.consuming.withChannel { channel in
            let queue = try await channel.queueDeclare(AMQPQueue(name: "", isDurable: false, isExclusive: true, isAutoDelete: true)).name
            try await channel.queueBind(
                queue: queue, exchange: BrokerNames.Exchange.eventsTopic,
                routingKey: "\(endpoint.workspace.name).\(WebhookEvent.typePrefix)#")
            let news = try await channel.deliveries(of: AMQPSubscription(queue: queue, prefetch: Self.prefetch))
            try await DeliveryPublisher(session.publishing, logger: session.logger).store(delivery)
            return try await withThrowingTaskGroup(of: WebhookEvent?.self) { group in
                group.addTask {
                    for try await message in news {
                        channel.settle(message, .ack)
                        if let event = message.webhookEvent, event.eventID == delivery.id { return event }
                    }
                    return nil
                }
                group.addTask {
                    // Cut short when the attempt was heard of.
                    try? await Task.sleep(for: patience)
                    return nil
                }
                defer { group.cancelAll() }
                return try await group.next() ?? nil
            }
        }
        if let attempt { return .attempted(attempt) }
        return try await consumers(of: DeliveryQueue.endpoint(endpoint.id).name) > 0 ? .unheard : .heldBack
    }

    private func consumers(of queue: String) async throws -> Int {
        try await session.consuming.withChannel { channel in
            try await channel.queueDeclare(AMQPQueue(name: queue), passive: true).consumerCount
        }
    }

    private func delivery() -> WebhookDelivery {
        let now = Timestamp.now()
        var writer = JSONWriter(reservingCapacity: 256)
        writer.beginObject()
        writer.member("type", WebhookEvent.trialType)
        writer.member("timestamp", now)
        writer.name("data")
        writer.beginObject()
        writer.member("endpoint_id", endpoint.id)
        writer.member("workspace", endpoint.workspace.name)
        writer.member("message", "A test by hand; nothing has happened.")
        writer.endObject()
        writer.endObject()
        return WebhookDelivery(
            id: UUIDText.version7(), eventType: WebhookEvent.trialType, source: "/moltbot/" + endpoint.workspace.name, time: now,
            workspace: endpoint.workspace, taskID: nil, target: .endpoint(endpoint.id), body: ByteBuffer(bytes: writer.bytes),
            traceparent: nil)
    }
}

extension WebhookDelivery {
    /// True for the event of a ``WebhookTrial``.
    package var isTrial: Bool { eventType == WebhookEvent.trialType }
}
