package import AMQP
package import Logging
package import MoltBotCore

/// Publishes tasks that cannot be processed to the dead-letter exchange, with the reason.
package struct DeadLetterPublisher: Sendable {
    /// Reasons are for people; a header must fit a frame.
    private static let longestReason = 2000
    private static let shortenedNote = " (its own headers were left out: with those of a dead letter they do not fit a frame)"
    private let publisher: ReliablePublisher

    package init(_ client: AMQPClient, logger: Logger) {
        publisher = ReliablePublisher(client: client, logger: logger)
    }

    package func publish(_ task: TaskEnvelope, reason: DeadLetterReason, message: String) async throws(AMQPError) {
        let routingKey = "\(task.queue.workspace.name).\(reason.rawValue)"
        let progress = TaskEnvelope.Progress(
            attempt: task.run.attempt, attempts: task.attempts, deliveries: 0, isUnsettled: false)
        let reason = String("\(reason.rawValue): \(message)".prefix(Self.longestReason))
        let died = Timestamp.now().rfc3339
        try await publisher.publish(task) { inheritance in
            var properties = task.properties(progress, inheriting: inheritance)
            let note = inheritance == .all ? "" : Self.shortenedNote
            properties.headers?[WireHeaders.deadReason] = .string(reason + note)
            properties.headers?[WireHeaders.workspace] = .string(task.queue.workspace.name)
            // Where `moltbot dead retry` puts it back.
            properties.headers?[WireHeaders.deadExchange] = .string(BrokerNames.Exchange.tasks)
            properties.headers?[WireHeaders.deadRoutingKey] = .string(BrokerNames.taskKey(task.queue.workspace, task.lane))
            properties.headers?[WireHeaders.diedAt] = .string(died)
            return AMQPMessage(
                exchange: BrokerNames.Exchange.dead, routingKey: routingKey, properties: properties, body: task.delivery.body)
        }
    }
}
