internal import AMQP
internal import Logging
internal import MoltBotCore

/// Takes deliveries from one queue, on a channel of its own.
package struct DeliveryConsumer: Sendable {
    /// What becomes of a delivery.
    package enum Verdict: Sendable {
        /// It is stored elsewhere, or has reached its receiver: the queue forgets it.
        case done
        /// It stays: the queue has it again, at its old place, when this consumer has ended.
        case keep
    }

    /// A queue has no more than this in flight (RabbitMQ's limit for quorum queues).
    private static let largestPrefetch = 2000

    private let client: AMQPClient
    private let queue: DeliveryQueue
    private let logger: Logger

    package init(_ session: BrokerSession, queue: DeliveryQueue) {
        client = session.consuming
        logger = session.logger
        self.queue = queue
    }

    /// Consumes on one channel until told to stop; then returns when all handlers have ended.
    /// - Parameters:
    ///   - prefetch: handlers that run at once.
    ///   - keepsOrder: for a queue with a single active consumer: the next one gets what this one has left before it gets what follows.
    ///     Until the handlers have ended, nobody gets anything.
    ///   - stopped: returns when no more is to be taken, and when it is cancelled.
    ///   - begun: runs when the first delivery is there and before its handler: a queue with a single active consumer has made this one it.
    /// - Throws: ``AMQPError``: what ended the channel, 404 when the queue does not exist; what `begun` throws.
    package func run(
        prefetch: Int, keepsOrder: Bool = false, until stopped: @escaping @Sendable () async -> Void,
        begun: @escaping @Sendable () async throws -> Void = {}, handler: @escaping @Sendable (WebhookDelivery) async -> Verdict
    ) async throws {
        let prefetch = min(max(1, prefetch), Self.largestPrefetch)
        let subscription = AMQPSubscription(queue: queue.name, prefetch: UInt16(prefetch))
        if keepsOrder {
            try await client.withDeliveriesInOrder(
                of: subscription, until: stopped,
                body: { channel, deliveries in
                    let acks = DeliveryAcks(channel: channel, limit: prefetch / 2)
                    try await handle(deliveries, acks, begun: begun, handler)
                })
        } else {
            try await client.withChannel(timeout: .seconds(3600)) { channel in
                let acks = DeliveryAcks(channel: channel, limit: prefetch / 2)
                try await channel.withDeliveries(of: subscription, until: stopped) { deliveries in
                    try await handle(deliveries, acks, begun: begun, handler)
                }
            }
        }
    }

    /// Returns when all handlers have ended.
    private func handle(
        _ deliveries: AsyncStream<AMQPDelivery>, _ acks: DeliveryAcks, begun: () async throws -> Void,
        _ handler: @escaping @Sendable (WebhookDelivery) async -> Verdict
    ) async throws {
        try await withThrowingDiscardingTaskGroup { handlers in
            var isFirst = true
            for await delivery in deliveries {
                if isFirst { try await begun() }
                isFirst = false
                acks.started()
                handlers.addTask { await handle(delivery, acks, handler) }
            }
        }
    }

    private func handle(_ delivery: AMQPDelivery, _ acks: DeliveryAcks, _ handler: (WebhookDelivery) async -> Verdict) async {
        var done: AMQPDelivery?
        do {
            let webhook = try WebhookDelivery(delivery)
            if await handler(webhook) == .done { done = delivery }
        } catch {
            logger.error(
                "A message in a delivery queue cannot be read; it is a dead letter now",
                metadata: ["moltbot.queue": "\(queue.name)", "moltbot.reason": "\(error)"])
            acks.channel.settle(delivery, .deadLetter)
        }
        await acks.ended(done)
    }
}
