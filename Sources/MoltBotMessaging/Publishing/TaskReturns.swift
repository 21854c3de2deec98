package import AMQP
package import Logging
package import MoltBotCore
internal import NIOCore

/// Puts tasks back where the broker holds them: into the delay ladder, or at the end of their own queue.
package struct TaskReturns: Sendable {
    private let publisher: ReliablePublisher

    package init(_ client: AMQPClient, logger: Logger) {
        publisher = ReliablePublisher(client: client, logger: logger)
    }

    /// Stores the task for `delay`; it comes back to its queue by itself. Delays beyond the ladder's reach come back early and are
    /// delayed again.
    /// - Parameters:
    ///   - isUnsettled: true when an earlier delivery may still get an outcome; whoever takes the task next looks first. Whoever takes
    ///     one of two copies does, which there may be when the broker is lost before it has confirmed the first.
    ///   - slot: what the task waits for.
    /// - Throws: `messageTooLarge` also when the sender's headers leave no room for MoltBot's.
    package func delay(
        _ task: TaskEnvelope, for delay: Duration, attempt: Int, attempts: [TaskAttempt], isUnsettled: Bool, slot: TimeSlot? = nil
    ) async throws(AMQPError) {
        let destination = BrokerNames.delayedTaskKey(task.queue.workspace, task.lane)
        guard let entry = DelayLadder.entry(for: max(delay, .seconds(1)), destination: destination) else { return }
        var progress = TaskEnvelope.Progress(
            attempt: attempt, attempts: attempts, deliveries: isUnsettled ? task.run.deliveries : 0, isUnsettled: isUnsettled,
            slot: slot)
        func message(_ progress: TaskEnvelope.Progress) -> AMQPMessage {
            AMQPMessage(
                exchange: BrokerNames.delayExchange(level: entry.level), routingKey: entry.routingKey,
                properties: task.properties(progress), body: task.delivery.body)
        }
        let first = message(progress)
        progress.isUnsettled = true
        try await publisher.publish(first, repetition: message(progress))
    }

    /// Stores the task in its queue again with one more delivery on its count: a worker died on it.
    /// - Returns: false when the queue is full, or the broker would not take the message from anybody.
    package func count(_ task: TaskEnvelope) async throws(AMQPError) -> Bool {
        do {
            try await store(task, deliveries: task.run.deliveries + 1)
            return true
        } catch  where error.code == .nacked || error.code == .messageTooLarge {
            return false
        }
    }

    /// Stores the task in its queue again as it was; `nacked` when the queue is full. A `basic.reject` would flag it as redelivered, like one that a worker died on.
    package func giveBack(_ task: TaskEnvelope) async throws(AMQPError) {
        try await store(task, deliveries: task.run.deliveries)
    }

    private func store(_ task: TaskEnvelope, deliveries: Int) async throws(AMQPError) {
        // Whoever had it before may be cut off from the broker, and go on with its call.
        let progress = TaskEnvelope.Progress(
            attempt: task.run.attempt, attempts: task.attempts, deliveries: deliveries, isUnsettled: true)
        try await publisher.publish(task, mayRepeat: \.isRetriableElsewhere) { inheritance in
            AMQPMessage(
                exchange: BrokerNames.Exchange.byQueueName, routingKey: task.queue.name,
                properties: task.properties(progress, inheriting: inheritance), body: task.delivery.body)
        }
    }
}
