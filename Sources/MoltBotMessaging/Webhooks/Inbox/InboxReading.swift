internal import AMQP
internal import Logging
internal import Metrics
internal import MoltBotCore
internal import Synchronization

/// What one consumer of the relay's inbox does with its deliveries.
final class InboxReading: Sendable {
    private struct Entry {
        var delivery: AMQPDelivery
        var event: RelayEvent
    }

    /// The same for all relays: of more than one takes at once, what it leaves goes back behind the rest.
    static let subscription = AMQPSubscription(queue: BrokerNames.Queue.relay, prefetch: 200)
    private static let pauseAfterFault = Duration.seconds(5)

    private let channel: AMQPChannel
    private let mode: RelayInbox.Mode
    private let logger: Logger
    private let stopped: @Sendable () async -> Void
    private let handler: @Sendable (RelayEvent) async throws -> Void
    private let lines = Mutex(EventLines<Entry>())

    init(
        _ channel: AMQPChannel, mode: RelayInbox.Mode, logger: Logger, until stopped: @escaping @Sendable () async -> Void,
        handler: @escaping @Sendable (RelayEvent) async throws -> Void
    ) {
        self.channel = channel
        self.mode = mode
        self.logger = logger
        self.stopped = stopped
        self.handler = handler
    }

    /// Returns when the deliveries have ended, and all running handlers.
    func run(_ deliveries: AsyncStream<AMQPDelivery>) async {
        await withDiscardingTaskGroup { handlers in
            for await delivery in deliveries {
                // The broker has taken back what came on a channel that is gone.
                if channel.isClosed { continue }
                guard let event = read(delivery) else {
                    channel.settle(delivery, .ack)
                    continue
                }
                begin(Entry(delivery: delivery, event: event), in: &handlers)
            }
            lines.withLock { $0.close() }
            // What they have in hand comes again on the next channel, and one that waits for its receiver's queue must not hold that up.
            if channel.isClosed { handlers.cancelAll() }
        }
    }

    /// Nil for what is not to be delivered. Events about webhooks themselves are not: each would bring about the next.
    private func read(_ delivery: AMQPDelivery) -> RelayEvent? {
        if delivery.properties.type?.hasPrefix(WebhookEvent.typePrefix) == true { return nil }
        do throws(RelayEvent.Unreadable) {
            let event = try RelayEvent(delivery)
            return event.type.hasPrefix(WebhookEvent.typePrefix) ? nil : event
        } catch {
            Counter(label: "moltbot.webhook.unreadable.events").increment()
            logger.warning(
                "Not an event that could be delivered; it is dropped",
                metadata: ["moltbot.message.id": "\(delivery.properties.messageID ?? "")", "moltbot.reason": "\(error)"])
            return nil
        }
    }

    private func begin(_ entry: Entry, in handlers: inout DiscardingTaskGroup) {
        switch mode {
        case .shared: handlers.addTask { await self.route(entry) }
        case .alone:
            guard let task = entry.event.taskID else {
                handlers.addTask { _ = await self.routeInTheEnd(entry) }
                return
            }
            guard lines.withLock({ $0.arrived(entry, of: task) }) else { return }
            handlers.addTask { await self.routeLine(of: task, from: entry) }
        }
    }

    private func route(_ entry: Entry) async {
        do {
            try await handler(entry.event)
            channel.settle(entry.delivery, .ack)
        } catch {
            guard !channel.isClosed else { return }
            logger.error(
                "An event could not be routed and goes back to its queue",
                metadata: ["moltbot.event.id": "\(entry.event.id)", "amqp.error": "\(error)"])
            // Not at once: whatever is wrong would be met again at full speed.
            try? await Task.sleep(for: Self.pauseAfterFault)
            channel.settle(entry.delivery, .requeue)
        }
    }

    private func routeLine(of task: String, from first: Entry) async {
        var next: Entry? = first
        while let entry = next {
            // Without it nothing of its line begins any more: all of it goes back to the queue together, in its order.
            guard await routeInTheEnd(entry) else { return }
            next = lines.withLock { $0.ended(of: task) }
        }
    }

    /// Tries again until it works: an event that goes back to the queue by itself would be overtaken by what is here already.
    /// - Returns: false when it stays in the queue: this side stops, or the channel is gone.
    private func routeInTheEnd(_ entry: Entry) async -> Bool {
        while !channel.isClosed {
            do {
                try await handler(entry.event)
                channel.settle(entry.delivery, .ack)
                return true
            } catch {
                guard !channel.isClosed else { break }
                logger.error(
                    "An event could not be routed; trying again, and its task's next events wait",
                    metadata: ["moltbot.event.id": "\(entry.event.id)", "amqp.error": "\(error)"])
                guard (try? await unless(stopped) { try await Task.sleep(for: Self.pauseAfterFault) }) != nil else { break }
            }
        }
        return false
    }
}
