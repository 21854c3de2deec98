internal import AMQP
internal import Logging
internal import MoltBotCore
internal import NIOCore

/// The right to be the one relay that consumes the inbox: a queue that is exclusive to the connection that declared it, and that RabbitMQ
/// deletes with it. So nobody else has it while the consumer on that connection may live.
///
/// RabbitMQ 3.10 does not enforce exclusive consumers on quorum queues, and a single active consumer would be an argument that the inbox of
/// existing brokers does not have.
struct RelayTurn: Sendable {
    /// The broker tells nobody when the queue goes: whoever waits for it looks so often.
    private static let look = Duration.seconds(1)
    /// Consumers that end when they hear of the new rule, or whose connection has just gone, are away before that.
    private static let patience = Duration.seconds(30)
    private static let shortestPause = Duration.milliseconds(20)
    private static let longestPause = Duration.milliseconds(500)

    let session: BrokerSession

    /// This user may not declare the queue, or not look whether it is there.
    struct Forbidden: Error {
        var cause: AMQPError
    }

    /// Consumes on a channel whose connection has the turn, and gives the turn up when the channel has closed.
    /// - Returns: false when another relay has it.
    /// - Throws: ``Forbidden``; ``AMQPError``; what `body` throws.
    func consume(
        _ subscription: AMQPSubscription, until stopped: @escaping @Sendable () async -> Void,
        _ body: (AMQPChannel, AsyncStream<AMQPDelivery>) async throws -> Void
    ) async throws -> Bool {
        var isHeld = false
        do {
            try await session.consuming.withDeliveriesInOrder(
                of: subscription, until: stopped,
                prepare: { channel in
                    isHeld = try await take(on: channel)
                    guard isHeld else { return false }
                    return try await unless(stopped) { try await waitForOthers(on: channel) } != nil
                }, body: body)
        } catch {
            if isHeld { await giveUp() }
            throw error
        }
        if isHeld { await giveUp() }
        return isHeld
    }

    /// False when another connection has it; the broker has closed the channel then.
    private func take(on channel: AMQPChannel) async throws -> Bool {
        do throws(AMQPError) {
            try await channel.queueDeclare(AMQPQueue(name: BrokerNames.Queue.relayTurn, isDurable: false, isExclusive: true))
            return true
        } catch {
            switch error.replyCode {
            case 403: throw Forbidden(cause: error)
            case Self.resourceLocked: return false
            default: throw error
            }
        }
    }

    private static let resourceLocked: UInt16 = 405

    private func giveUp() async {
        // Without a connection it has gone already.
        _ = try? await session.consuming.withChannel(timeout: .zero) { try await $0.queueDelete(BrokerNames.Queue.relayTurn) }
    }

    /// Returns when the inbox has no consumer: all that the last one has not settled is back in its place then. The broker may take a
    /// moment to see that, and counts a consumer that was cancelled until its last delivery is settled.
    private func waitForOthers(on channel: AMQPChannel) async throws {
        let deadline = ContinuousClock.now + Self.patience
        var pause = Self.shortestPause
        while try await !isUnconsumed(channel) {
            guard ContinuousClock.now < deadline else {
                session.logger.warning(
                    "Something else consumes the relays' queue, or the broker is too slow to tell; the order of events is not certain",
                    metadata: ["moltbot.queue": "\(BrokerNames.Queue.relay)"])
                return
            }
            try await Task.sleep(for: pause)
            pause = min(pause * 2, Self.longestPause)
        }
    }

    private func isUnconsumed(_ channel: AMQPChannel) async throws -> Bool {
        let start = ContinuousClock.now
        let status = try await channel.queueDeclare(AMQPQueue(name: BrokerNames.Queue.relay), passive: true)
        return status.consumerCount == 0 && start.duration(to: .now) < Self.answerInTime
    }

    /// RabbitMQ counts 0 when a quorum queue has not told it anything else for 250 ms.
    private static let answerInTime = Duration.milliseconds(200)

    /// Returns when nobody seems to have it.
    /// - Throws: ``Forbidden``.
    func standBy() async throws {
        repeat {
            try await Task.sleep(for: Self.look * Double.random(in: 0.5...1))
        } while try await isTaken()
    }

    /// Asks with a message that is returned when the queue does not exist, and expires at once when it does. A second declaration would
    /// tell as much, and leave an error in the broker's log each time. On a channel of its own: a refusal closes it, and with the one that all
    /// share it would leave the outcome of every publish under way unknown.
    private func isTaken() async throws -> Bool {
        // It would wait for the end of the alarm.
        if session.publishing.status.blockedReason != nil { return true }
        let question = AMQPMessage(
            exchange: BrokerNames.Exchange.byQueueName, routingKey: BrokerNames.Queue.relayTurn,
            properties: AMQPProperties(expiration: "0", appID: BrokerNames.application), body: ByteBuffer())
        do {
            try await session.publishing.withChannel { try await $0.publish(question) }
            return true
        } catch let error as AMQPError {
            if error.replyCode == 403 { throw Forbidden(cause: error) }
            session.logger.debug("Looked for the relay's turn", metadata: ["amqp.error": "\(error)"])
            return error.code != .unroutable
        }
    }
}
