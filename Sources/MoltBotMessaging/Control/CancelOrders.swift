internal import AMQP
internal import Logging
package import MoltBotCore
internal import NIOCore

/// The orders to cancel tasks that the broker keeps: a worker that was not there when one was given learns of it from here.
package struct CancelOrders: Sendable {
    private static let prefetch: UInt16 = 1000
    private static let shortestPause = Duration.milliseconds(500)
    private static let longestPause = Duration.seconds(15)
    private static let longestWait = Duration.seconds(3600)

    private let session: BrokerSession

    package init(_ session: BrokerSession) {
        self.session = session
    }

    /// Reads until cancelled; each connection from the beginning, since there are few and to take one twice changes nothing.
    /// - Parameters:
    ///   - take: gets the tasks of an order, and their workspace; nil is all of them.
    ///   - upToDate: called on each connection once everything was taken that was stored before.
    package func follow(_ take: @Sendable ([TaskID], Workspace?) -> Void, upToDate: @Sendable () -> Void) async {
        var pause = Self.shortestPause
        while !Task.isCancelled {
            let start = ContinuousClock.now
            do {
                try await read(take, upToDate)
            } catch {
                if Task.isCancelled { return }
                session.logger.warning(
                    "Lost the orders to cancel; reading them again. If the stream was deleted, run: moltbot topology apply",
                    metadata: ["moltbot.queue": "\(BrokerNames.Queue.cancels)", "amqp.error": "\(error)"])
            }
            pause = start.duration(to: .now) > Self.longestPause ? Self.shortestPause : pause
            // Ends early only when cancelled.
            try? await Task.sleep(for: pause)
            pause = min(pause * 2, Self.longestPause)
        }
    }

    private func read(_ take: @Sendable ([TaskID], Workspace?) -> Void, _ upToDate: @Sendable () -> Void) async throws {
        try await session.consuming.withChannel(timeout: Self.longestWait) { channel in
            let mark = UUIDText.version7()
            try await session.publishing.publish(Self.message(mark: mark))
            let deliveries = try await channel.deliveries(
                of: AMQPSubscription(
                    queue: BrokerNames.Queue.cancels, prefetch: Self.prefetch, arguments: { ["x-stream-offset": "first"] }))
            for try await delivery in deliveries {
                // On a stream this only lets the broker send on.
                channel.settle(delivery, .ack)
                if delivery.properties.messageID == mark { upToDate() }
                if case .cancel(let ids, let workspace) = ControlMessage(delivery) { take(ids, workspace) }
            }
        }
    }

    private static func message(mark: String) -> AMQPMessage {
        AMQPMessage(
            exchange: BrokerNames.Exchange.byQueueName, routingKey: BrokerNames.Queue.cancels,
            properties: AMQPProperties(
                deliveryMode: .persistent, messageID: mark, type: BrokerNames.MessageType.barrier, appID: BrokerNames.application),
            body: ByteBuffer())
    }
}
