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

    /// The message id; one made from the content when the sender gave none.
    package var id: String
    package var source: Source
    /// For a person: what was wrong and what to do.
    package var reason: String
    /// Nil when the message does not tell where it was meant to go.
    package var destination: Destination?
    package var contentType: String?
    package var priority: Int?
    package var died: Timestamp?
    package var body: [UInt8]
}
