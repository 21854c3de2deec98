internal import AMQP
internal import MoltBotCore

extension DeadLetterQueue {
    /// What became of a retry.
    package struct RetryReport: Sendable, Equatable {
        package struct Refusal: Sendable, Equatable {
            package var id: String
            /// Why it stays a dead letter.
            package var reason: String
        }

        /// The ids of the messages that were published again, oldest first.
        package var retried: [String] = []
        package var refused: [Refusal] = []
        /// Messages among ``retried`` that came straight back: there still is no queue for them, or they were refused again.
        package var returned = 0

        package init() {}

        package static func += (report: inout RetryReport, other: RetryReport) {
            report.retried += other.retried
            report.refused += other.refused
            report.returned += other.returned
        }
    }

    /// Publishes dead letters again where they were meant to go, as if they were new: retries and deliveries count from the start.
    ///
    /// Each is published with confirm before it leaves the dead-letter queue, so a crash in between leaves it in both places, and
    /// in neither never.
    /// - Parameters:
    ///   - ids: nil retries all that are there.
    ///   - maximumTaskBytes: a task that a worker has refused, and that is larger than this, stays: it would only come back.
    package func retry(
        _ ids: Set<String>?, in source: DeadLetter.Source, maximumTaskBytes: Int = .max
    ) async throws -> RetryReport {
        try await retry(in: source, maximumTaskBytes: maximumTaskBytes) { letter in ids?.contains(letter.id) ?? true }
    }

    /// The same for those that the caller chooses, which sees each letter that is there.
    /// - Parameter isRehearsal: only tells which they are.
    func retry(
        in source: DeadLetter.Source, isRehearsal: Bool = false, maximumTaskBytes: Int = .max, _ isWanted: (DeadLetter) -> Bool
    ) async throws -> RetryReport {
        let publisher = ReliablePublisher(client: session.publishing, logger: session.logger)
        var report = RetryReport()
        var retried: Set<String> = []
        try await scan(source) { delivery in
            let letter = DeadLetter(delivery, source: source)
            guard isWanted(letter) else { return .keep }
            guard !retried.contains(letter.id) else {
                // It died again, or its exchange passed it on to the alternate exchange: trying on would never end.
                report.returned += 1
                return .keep
            }
            guard let destination = letter.destination else {
                report.refused.append(.init(id: letter.id, reason: "it does not say where it was meant to go; publish it anew"))
                return .keep
            }
            if destination.exchange == BrokerNames.Exchange.tasks, letter.isInvalidTask, letter.body.count > maximumTaskBytes {
                report.refused.append(
                    .init(
                        id: letter.id,
                        reason: "its body has \(letter.body.count) bytes, and worker.max_task_bytes is \(maximumTaskBytes); raise that "
                            + "for the workers and for this command"))
                return .keep
            }
            if isRehearsal {
                report.retried.append(letter.id)
                return .keep
            }
            do throws(AMQPError) {
                try await publisher.publish(Self.message(again: delivery, of: letter, to: destination))
            } catch {
                if error.code == .cancelled { throw error }
                report.refused.append(.init(id: letter.id, reason: "\(error)"))
                return .keep
            }
            retried.insert(letter.id)
            report.retried.append(letter.id)
            return .remove
        }
        return report
    }

    private static func message(
        again delivery: AMQPDelivery, of letter: DeadLetter, to destination: DeadLetter.Destination
    ) -> AMQPMessage {
        if letter.webhook != nil, var webhook = try? WebhookDelivery(delivery) {
            webhook.beginAnew()
            return AMQPMessage(
                exchange: destination.exchange, routingKey: destination.routingKey, properties: webhook.properties, body: webhook.body)
        }
        let spent: Set<String> = [
            WireHeaders.deadReason, WireHeaders.deadExchange, WireHeaders.deadRoutingKey, WireHeaders.diedAt, WireHeaders.workspace,
            WireHeaders.deliveries, WireHeaders.attempt, WireHeaders.attempts, WireHeaders.firstReceived, WireHeaders.unsettled,
            WireHeaders.slot,
        ]
        var properties = delivery.properties
        properties.headers = properties.headers?.filter { !spent.contains($0.key) && !TaskEnvelope.brokerHeaders.contains($0.key) }
        if delivery.properties.headers?[WireHeaders.deadReason] != nil {
            // A worker has ended the task; without this its second end would pass for a repeat of the first.
            let redrives = TaskEnvelope.redrives(properties.headers ?? [:])
            properties.headers?[WireHeaders.redrives] = .int64(Int64(redrives) + 1)
        }
        properties.deliveryMode = .persistent
        // An expired message would expire again, and a user id is only good for the connection of its user.
        properties.expiration = nil
        properties.userID = nil
        return AMQPMessage(
            exchange: destination.exchange, routingKey: destination.routingKey, properties: properties, body: delivery.body)
    }
}
