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
    ///   - stopped: returns when no more is to be taken, and when it is cancelled.
    ///   - begun: runs when the first delivery is there and before its handler: a queue with a single active consumer has made this one it.
    /// - Throws: ``AMQPError``: what ended the channel, 404 when the queue does not exist; what `begun` throws.
    package func run(
        prefetch: Int, until stopped: @escaping @Sendable () async -> Void, begun: @escaping @Sendable () async throws -> Void = {},
        handler: @escaping @Sendable (WebhookDelivery) async -> Verdict
    ) async throws {
        try await client.withChannel(timeout: .seconds(3600)) { channel in
            let prefetch = min(max(1, prefetch), Self.largestPrefetch)
            let deliveries = try await channel.deliveries(of: AMQPSubscription(queue: queue.name, prefetch: UInt16(prefetch)))
            // Bounded by the prefetch: what is not settled is all that the broker sends.
            let (taken, inbox) = AsyncStream.makeStream(of: AMQPDelivery.self, bufferingPolicy: .bufferingOldest(prefetch))
            async let end: Void = Self.read(deliveries, into: inbox, until: stopped)
            try await withThrowingDiscardingTaskGroup { handlers in
                var isFirst = true
                for await delivery in taken {
                    if isFirst { try await begun() }
                    isFirst = false
                    handlers.addTask { await handle(delivery, on: channel, handler) }
                }
            }
            try await end
        }
    }

    private func handle(
        _ delivery: AMQPDelivery, on channel: AMQPChannel, _ handler: (WebhookDelivery) async -> Verdict
    ) async {
        do {
            let webhook = try WebhookDelivery(delivery)
            guard await handler(webhook) == .done else { return }
            channel.settle(delivery, .ack)
        } catch {
            logger.error(
                "A message in a delivery queue cannot be read; it is a dead letter now",
                metadata: ["moltbot.queue": "\(queue.name)", "moltbot.reason": "\(error)"])
            channel.settle(delivery, .deadLetter)
        }
    }

    /// Passes deliveries on until the channel ends, or until told to stop. The consumer ends with its reader.
    private static func read(
        _ deliveries: AsyncThrowingStream<AMQPDelivery, any Error>, into inbox: AsyncStream<AMQPDelivery>.Continuation,
        until stopped: @escaping @Sendable () async -> Void
    ) async throws {
        defer { inbox.finish() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { for try await delivery in deliveries { inbox.yield(delivery) } }
            group.addTask { await stopped() }
            defer { group.cancelAll() }
            try await group.next()
        }
    }
}
