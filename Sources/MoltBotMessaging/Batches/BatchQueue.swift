internal import AMQP
internal import MoltBotCore

/// The tasks of a batch that wait for their turn.
package struct BatchQueue: Sendable {
    /// Tasks on their way to the workers' queue at once.
    private static let window = 200

    private let session: BrokerSession
    private let batch: TaskBatch
    /// The message by which this node has the batch; nil for a queue that nobody works on.
    private let delivery: AMQPDelivery?

    init(_ session: BrokerSession, _ batch: TaskBatch, heldBy delivery: AMQPDelivery? = nil) {
        self.session = session
        self.batch = batch
        self.delivery = delivery
    }

    /// True once the connection by which this node had the batch has gone: the broker gives the batch to another one, or to this one
    /// once more, and whoever had it before lets go of it.
    package var isTakenBack: Bool { delivery?.isTakenBack ?? false }

    private var name: String { BatchQueues.queue(of: batch) }

    /// Tasks that wait, or 1 when they are some and the broker can't count them now; nil when there is no such queue.
    ///
    /// 0 says that none is there to be taken, not that all were handed over: those that a node took whose channel has just gone are in
    /// the queue again a moment later.
    /// - Throws: ``AMQPError`` when the broker can't say.
    package func count() async throws -> Int? {
        do {
            return try await session.consuming.withChannel { channel in
                let declared = try await channel.queueDeclare(AMQPQueue(name: name), passive: true).messageCount
                if declared > 0 { return declared }
                // RabbitMQ 3.10.8 also declares 0 when the queue's process fails or does not answer within 250 ms
                // (rabbit_quorum_queue:stat/2). A get goes through the queue's log.
                return try await looksIn(channel) ? 1 : 0
            }
        } catch let error as AMQPError where error.replyCode == 404 {
            return nil
        }
    }

    /// Keeps the queue from expiring.
    /// - Throws: ``AMQPError``.
    package func use() async throws {
        _ = try await session.consuming.withChannel { try await looksIn($0) }
    }

    /// Takes a task and puts it back, so that the queue has been used. It is there again a moment later, at the end: RabbitMQ 3.10 puts
    /// there what comes back to a quorum queue.
    private func looksIn(_ channel: AMQPChannel) async throws -> Bool {
        guard let delivery = try await channel.get(name) else { return false }
        channel.settle(delivery, .requeue)
        return true
    }

    /// Hands the next tasks to the workers: each leaves this queue when their queue has it.
    /// - Returns: how many there were; fewer than `maximum` when the queue is empty now, or the batch was taken back.
    /// - Throws: ``AMQPError``, with what was not handed over still in this queue.
    @discardableResult
    package func release(_ maximum: Int) async throws -> Int {
        try await session.consuming.withChannel { channel in
            var count = 0
            // Asked with the channel open: it does not outlive the connection by which this node has the batch.
            while count < maximum, !isTakenBack {
                let taken = try await take(min(Self.window, maximum - count), from: channel)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for delivery in taken {
                        group.addTask {
                            try await session.publishing.publish(message(delivery))
                            channel.settle(delivery, .ack)
                        }
                    }
                    try await group.waitForAll()
                }
                if taken.isEmpty { break }
                count += taken.count
            }
            return count
        }
    }

    private func take(_ maximum: Int, from channel: AMQPChannel) async throws -> [AMQPDelivery] {
        // Each get is a round trip, so all are on their way at once.
        try await withThrowingTaskGroup(of: AMQPDelivery?.self) { group in
            for _ in 0..<maximum { group.addTask { try await channel.get(name) } }
            return try await group.reduce(into: []) { taken, delivery in if let delivery { taken.append(delivery) } }
        }
    }

    /// - Throws: ``AMQPError`` when it may still be there.
    func remove() async throws {
        try await BatchQueues(client: session.consuming).delete(batch)
    }

    /// The task as its sender would publish it.
    private func message(_ delivery: AMQPDelivery) -> AMQPMessage {
        var properties = delivery.properties
        // Somebody died between handing it over and saying so: whoever gets it looks first whether it was run.
        if delivery.isRedelivered { properties.headers?[WireHeaders.unsettled] = .bool(true) }
        return AMQPMessage(
            exchange: BrokerNames.Exchange.tasks,
            routingKey: BrokerNames.taskKey(batch.workspace, Lane.lane(forPriority: Int(properties.priority ?? 0))), properties: properties,
            body: delivery.body)
    }
}
