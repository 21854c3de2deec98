package import MoltBotCore

/// A message that could not be processed, as `moltbot dead` shows it.
package struct DeadLetter: Sendable {
    package enum Source: String, Sendable, CaseIterable {
        /// Refused by a worker, or expired by the broker.
        case dead
        /// Published to no queue at all.
        case unroutable

        var queue: String {
            switch self {
            case .dead: BrokerNames.Queue.dead
            case .unroutable: BrokerNames.Queue.unroutable
            }
        }
    }

    package var id: String
    package var source: Source
    /// For a person: what was wrong and what to do.
    package var reason: String
    /// Where `retry` publishes it.
    package var exchange: String
    package var routingKey: String
    package var contentType: String?
    package var priority: Int?
    package var died: Timestamp?
    package var body: [UInt8]
}
