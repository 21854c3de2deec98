internal import ServiceLifecycle
internal import Synchronization

/// One consumer across all connections of a client.
final class SubscriptionRunner: Sendable {
    private struct State {
        var isStopping = false
        var channel: AMQPChannel?
    }

    private let link: ConnectionLink
    private let subscription: AMQPSubscription
    private let tag = "c"
    private let state = Mutex(State())

    init(link: ConnectionLink, subscription: AMQPSubscription) {
        self.link = link
        self.subscription = subscription
    }

    func run(_ handler: @escaping @Sendable (AMQPDelivery) async -> AMQPDisposition) async throws(AMQPError) {
        let result: Result<Void, AMQPError> = await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                while true {
                    do throws(AMQPError) {
                        try await self.consumeOnce { delivery, channel, slots in
                            group.addTask {
                                let disposition = await handler(delivery)
                                channel.settle(delivery, disposition)
                                slots.giveBack()
                            }
                        }
                        return .success(())
                    } catch {
                        guard Self.isConnectionLoss(error), !Task.isCancelled else { return .failure(error) }
                    }
                }
            }
        } onGracefulShutdown: {
            self.stop()
        }
        // Handlers are done by now; their verdicts left before this closes the channel.
        state.withLock { $0.channel }?.close()
        try result.get()
    }

    /// Consumes on one connection. Returns when this side has stopped.
    private func consumeOnce(_ start: (AMQPDelivery, AMQPChannel, HandlerSlots) -> Void) async throws(AMQPError) {
        guard let connection = try await nextConnection() else { return }
        let channel = try await connection.openChannel()
        let mayStart = state.withLock { state in
            state.channel = channel
            return !state.isStopping
        }
        guard mayStart else { return }
        let prefetch = max(1, subscription.prefetch)
        let deliveries = try await channel.consume(
            subscription.queue, tag: tag, prefetch: prefetch, isExclusive: subscription.isExclusive,
            arguments: subscription.arguments())
        // A stop that came between the two would otherwise be missed.
        if state.withLock({ $0.isStopping }) { channel.cancelConsumer(tag) }
        do {
            let slots = HandlerSlots(Int(prefetch))
            for try await delivery in deliveries {
                // The broker has taken back what came on a connection that is gone.
                if channel.isClosed { continue }
                await slots.take()
                // What has not begun when this side stops goes back when the channel closes.
                if Task.isCancelled || state.withLock({ $0.isStopping }) { break }
                start(delivery, channel, slots)
            }
        } catch {
            throw error as? AMQPError ?? AMQPError(.connectionLost, "\(error)", cause: error)
        }
        if Task.isCancelled { throw AMQPError(.cancelled, "the consumer was cancelled") }
    }

    /// Nil when this side stops before there is one.
    private func nextConnection() async throws(AMQPError) -> AMQPConnection? {
        let link = link
        let result: Result<AMQPConnection, AMQPError> = await cancelWhenGracefulShutdown {
            do throws(AMQPError) {
                return .success(try await link.connection(within: nil))
            } catch {
                return .failure(error)
            }
        }
        if case .failure = result, state.withLock({ $0.isStopping }) { return nil }
        return try result.get()
    }

    private func stop() {
        let channel = state.withLock { state in
            state.isStopping = true
            return state.channel
        }
        channel?.cancelConsumer(tag)
    }

    private static func isConnectionLoss(_ error: AMQPError) -> Bool {
        switch error.code {
        case .connectionLost, .connectionClosed: true
        // A channel that was being opened when its connection went.
        case .timeout: true
        default: false
        }
    }
}
