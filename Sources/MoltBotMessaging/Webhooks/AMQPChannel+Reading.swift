internal import AMQP
internal import Synchronization

extension AMQPChannel {
    /// Consumes until told to stop, and returns when `body` has.
    /// - Parameters:
    ///   - stopped: returns when no more is to be taken, and when it is cancelled.
    ///   - body: gets the deliveries in the queue's order, as soon as the broker has let it consume. They end when no more are taken, or
    ///     with the channel. What it does not settle goes back to the queue when the channel closes.
    /// - Throws: ``AMQPError``: what ended the channel, 404 when the queue does not exist; what `body` throws.
    func withDeliveries(
        of subscription: AMQPSubscription, until stopped: @escaping @Sendable () async -> Void,
        _ body: (AsyncStream<AMQPDelivery>) async throws -> Void
    ) async throws {
        let deliveries = try await deliveries(of: subscription)
        let (taken, inbox) = subscription.makeInbox()
        async let end: Void = Self.read(deliveries, into: inbox, until: stopped)
        try await body(taken)
        try await end
    }

    /// Passes deliveries on until the channel ends, or until told to stop. The consumer ends with its reader.
    private static func read(
        _ deliveries: AsyncThrowingStream<AMQPDelivery, any Error>, into inbox: AsyncStream<AMQPDelivery>.Continuation,
        until stopped: @escaping @Sendable () async -> Void
    ) async throws {
        defer { inbox.finish() }
        _ = try await unless(stopped) { for try await delivery in deliveries { inbox.yield(delivery) } }
    }
}

/// What ended a consumer.
private final class Loss: Sendable {
    let error = Mutex<(any Error)?>(nil)
}

extension AMQPClient {
    /// The same on a channel of its own, and the consumer ends with its channel instead of with the last delivery that is taken: all that
    /// it leaves goes back to its place at once, before another consumer gets what follows. One that is cancelled gives back what comes
    /// too late, and keeps what it has in hand; and RabbitMQ 3.10 lets the next consumer of a queue with a single active one begin meanwhile.
    /// - Parameter prepare: runs on the channel before it consumes. False: there is nothing to do.
    func withDeliveriesInOrder(
        of subscription: AMQPSubscription, until stopped: @escaping @Sendable () async -> Void,
        prepare: (AMQPChannel) async throws -> Bool = { _ in true },
        body: (AMQPChannel, AsyncStream<AMQPDelivery>) async throws -> Void
    ) async throws {
        var reader: Task<Void, Never>?
        let loss = Loss()
        do {
            try await withChannel(timeout: .seconds(3600)) { channel in
                guard try await prepare(channel) else { return }
                let deliveries = try await channel.deliveries(of: subscription)
                let (taken, inbox) = subscription.makeInbox()
                // Not a child: it would be cancelled with this task, and the consumer with it.
                reader = Task {
                    defer { inbox.finish() }
                    do {
                        for try await delivery in deliveries { inbox.yield(delivery) }
                    } catch {
                        loss.error.withLock { $0 = error }
                    }
                }
                async let _: Void = Self.finish(inbox, when: stopped)
                try await body(channel, taken)
                // Before this side closes the channel, which ends the deliveries as well.
                if let error = loss.error.withLock(\.self) { throw error }
            }
        } catch {
            await reader?.value
            throw error
        }
        await reader?.value
    }

    /// What comes later is not taken: it goes back to the queue with the channel.
    private static func finish(_ inbox: AsyncStream<AMQPDelivery>.Continuation, when stopped: @Sendable () async -> Void) async {
        await stopped()
        inbox.finish()
    }
}

extension AMQPSubscription {
    /// Bounded by the prefetch: what is not settled is all that the broker sends.
    fileprivate func makeInbox() -> (AsyncStream<AMQPDelivery>, AsyncStream<AMQPDelivery>.Continuation) {
        AsyncStream.makeStream(of: AMQPDelivery.self, bufferingPolicy: .bufferingOldest(Int(prefetch)))
    }
}
