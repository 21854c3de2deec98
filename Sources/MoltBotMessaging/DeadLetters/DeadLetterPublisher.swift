package import AMQP
package import Logging
package import MoltBotCore

/// Publishes tasks that cannot be processed to the dead-letter exchange, with the reason.
package struct DeadLetterPublisher: Sendable {
    /// Reasons are for people; a header must fit a frame.
    private static let longestReason = 2000
    private let publisher: ReliablePublisher

    package init(_ client: AMQPClient, logger: Logger) {
        publisher = ReliablePublisher(client: client, logger: logger)
    }

    package func publish(_ task: TaskEnvelope, reason: DeadLetterReason, message: String) async throws(AMQPError) {
        let progress = TaskEnvelope.Progress(
            attempt: task.run.attempt, attempts: task.attempts, deliveries: 0, isUnsettled: false)
        var properties = task.properties(progress)
        properties.headers?[WireHeaders.deadReason] = .string(String("\(reason.rawValue): \(message)".prefix(Self.longestReason)))
        properties.headers?[WireHeaders.workspace] = .string(task.queue.workspace.name)
        // Where `moltbot dead retry` puts it back.
        properties.headers?[WireHeaders.deadExchange] = .string(BrokerNames.Exchange.tasks)
        properties.headers?[WireHeaders.deadRoutingKey] = .string(BrokerNames.taskKey(task.queue.workspace, task.lane))
        properties.headers?[WireHeaders.diedAt] = .string(Timestamp.now().rfc3339)
        try await publisher.publish(
            AMQPMessage(
                exchange: BrokerNames.Exchange.dead, routingKey: "\(task.queue.workspace.name).\(reason.rawValue)",
                properties: properties, body: task.delivery.body))
    }
}
