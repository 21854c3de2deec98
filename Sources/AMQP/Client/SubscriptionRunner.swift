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
    private let started: @Sendable () -> Void
    private let recover: @Sendable (AMQPError) async throws(AMQPError) -> Void
    private let tag = "c"
    private let state = Mutex(State())

    init(
        link: ConnectionLink, subscription: AMQPSubscription, started: @escaping @Sendable () -> Void,
        recover: @escaping @Sendable (AMQPError) async throws(AMQPError) -> Void
    ) {
        self.link = link
        self.subscription = subscription
        self.started = started
        self.recover = recover
    }

    func run(_ handler: @escaping @Sendable (AMQPDelivery) async -> AMQPDisposition) async throws(AMQPError) {
        let result: Result<Void, AMQPError> = await withGracefulShutdownHandler {
            // Handlers outlive their consumer, so a lost one is followed by the next while they run.
            await withDiscardingTaskGroup { group in
                do throws(AMQPError) {
                    return .success(try await self.consume(handler, in: &group))
                } catch {
                    return .failure(error)
                }
            }
        } onGracefulShutdown: {
            self.stop()
        }
        try result.get()
    }

    private func consume(
        _ handler: @escaping @Sendable (AMQPDelivery) async -> AMQPDisposition, in group: inout DiscardingTaskGroup
    ) async throws(AMQPError) {
        while true {
            do throws(AMQPError) {
                return try await consumeOnce(handler, in: &group)
            } catch {
                if Task.isCancelled || error.code == .cancelled { throw error }
                if !Self.isConnectionLoss(error) { try await recovered(from: error) }
            }
        }
    }

    /// Consumes on one channel. Returns when this side has stopped.
    private func consumeOnce(
        _ handler: @escaping @Sendable (AMQPDelivery) async -> AMQPDisposition, in group: inout DiscardingTaskGroup
    ) async throws(AMQPError) {
        guard let connection = try await nextConnection() else { return }
        let channel = try await connection.openChannel()
        let slots = HandlerSlots(Int(subscription.prefetch))
        // Without its consumer a channel lasts until the handlers are done: their verdicts leave before it closes.
        defer {
            group.addTask {
                await slots.takeAll()
                channel.close()
            }
        }
        let mayStart = state.withLock { state in
            state.channel = channel
            return !state.isStopping
        }
        guard mayStart else { return }
        let deliveries = try await channel.consume(
            subscription.queue, tag: tag, prefetch: subscription.prefetch, isExclusive: subscription.isExclusive,
            arguments: subscription.arguments())
        started()
        // A stop that came between the two would otherwise be missed.
        if isStopping { channel.cancelConsumer(tag) }
        do {
            for try await delivery in deliveries {
                // The broker has taken back what came on a channel that is gone.
                if channel.isClosed { continue }
                guard await mayBegin(taking: slots) else {
                    giveBack(delivery, on: channel)
                    continue
                }
                group.addTask {
                    let disposition = await handler(delivery)
                    channel.settle(delivery, disposition)
                    slots.giveBack()
                }
            }
        } catch {
            throw error as? AMQPError ?? AMQPError(.connectionLost, "\(error)", cause: error)
        }
        if Task.isCancelled { throw Self.cancelledError }
    }

    /// Waits for a slot; false when this side stops, and then none is taken.
    private func mayBegin(taking slots: HandlerSlots) async -> Bool {
        if Task.isCancelled || isStopping { return false }
        await slots.take()
        guard Task.isCancelled || isStopping else { return true }
        slots.giveBack()
        return false
    }

    /// What has not begun when this side stops goes to somebody else now, not when the channel closes: handlers may run for long, and each
    /// that ends before the broker knows of the stop brings another delivery. A stream keeps its messages anyway, and RabbitMQ closes the
    /// whole connection (540) when one of them is refused.
    private func giveBack(_ delivery: AMQPDelivery, on channel: AMQPChannel) {
        if delivery.properties.headers?["x-stream-offset"] == nil { channel.settle(delivery, .requeue) }
    }

    /// Returns when the consumer may start again, or finds by itself that this side stops.
    private func recovered(from error: AMQPError) async throws(AMQPError) {
        if isStopping { return }
        let recover = recover
        let result: Result<Void, AMQPError> = await cancelWhenGracefulShutdown {
            do throws(AMQPError) {
                return .success(try await recover(error))
            } catch {
                return .failure(error)
            }
        }
        if !isStopping { try result.get() }
    }

    /// Nil when this side stops before there is one.
    private func nextConnection() async throws(AMQPError) -> AMQPConnection? {
        // A recovery that was cancelled returns as well.
        if Task.isCancelled { throw Self.cancelledError }
        let link = link
        let result: Result<AMQPConnection, AMQPError> = await cancelWhenGracefulShutdown {
            do throws(AMQPError) {
                return .success(try await link.connection(within: nil))
            } catch {
                return .failure(error)
            }
        }
        if case .failure = result, isStopping { return nil }
        return try result.get()
    }

    private var isStopping: Bool { state.withLock { $0.isStopping } }

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

    private static var cancelledError: AMQPError { AMQPError(.cancelled, "the consumer was cancelled") }
}
