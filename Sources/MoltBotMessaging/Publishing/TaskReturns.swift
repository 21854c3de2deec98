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
    package func delay(_ task: TaskEnvelope, for delay: Duration, attempt: Int, attempts: [TaskAttempt]) async throws(AMQPError) {
        let destination = BrokerNames.delayedTaskKey(task.queue.workspace, task.lane)
        guard let entry = DelayLadder.entry(for: max(delay, .seconds(1)), destination: destination) else { return }
        let progress = TaskEnvelope.Progress(attempt: attempt, attempts: attempts, deliveries: 0)
        try await publisher.publish(
            AMQPMessage(
                exchange: BrokerNames.delayExchange(level: entry.level), routingKey: entry.routingKey,
                properties: task.properties(progress), body: task.delivery.body))
    }

    /// Stores the task in its queue again with one more delivery on its count: a worker died on it.
    package func count(_ task: TaskEnvelope) async throws(AMQPError) {
        let progress = TaskEnvelope.Progress(
            attempt: task.run.attempt, attempts: task.attempts, deliveries: task.run.deliveries + 1)
        try await publisher.publish(
            AMQPMessage(
                exchange: BrokerNames.Exchange.byQueueName, routingKey: task.queue.name, properties: task.properties(progress),
                body: task.delivery.body))
    }
}
