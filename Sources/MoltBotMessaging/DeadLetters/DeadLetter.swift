package import MoltBotCore

/// A message that could not be processed, as `moltbot dead` shows it.
package struct DeadLetter: Sendable, Equatable {
    package enum Source: String, Sendable, CaseIterable {
        /// Refused by a worker, or expired by the broker.
        case dead
        /// Published to no queue at all.
        case unroutable

        package var queue: String {
            switch self {
            case .dead: BrokerNames.Queue.dead
            case .unroutable: BrokerNames.Queue.unroutable
            }
        }
    }

    /// Where `retry` publishes it.
    package struct Destination: Sendable, Equatable {
        package var exchange: String
        package var routingKey: String

        package init(exchange: String, routingKey: String) {
            self.exchange = exchange
            self.routingKey = routingKey
        }
    }

    /// A webhook delivery that was given up.
    package struct Webhook: Sendable, Equatable {
        /// The event's id, which is the request's `webhook-id`.
        package var eventID: String
        package var eventType: String
        package var eventTime: Timestamp
        /// Nil for a callback that a task named itself.
        package var endpointID: String?
        /// Of a callback, without what may be secret in it.
        package var url: String?
        /// All attempts that were made.
        package var attemptCount: Int
        /// The latest of them.
        package var attempts: [WebhookAttempt]
    }

    /// The message id; one made from the content when the sender gave none. For a webhook delivery the receiver is part of it: the same
    /// event may have died on its way to several.
    package var id: String
    package var source: Source
    /// For a person: what was wrong and what to do.
    package var reason: String
    /// Nil when the message does not tell where it was meant to go.
    package var destination: Destination?
    package var contentType: String?
    package var priority: Int?
    package var died: Timestamp?
    /// Nil for everything but webhook deliveries.
    package var webhook: Webhook?
    package var body: [UInt8]

    /// Whether a worker could not read it as a task.
    var isInvalidTask: Bool { source == .dead && reason.hasPrefix(DeadLetterReason.invalidTask.rawValue + ":") }
}
