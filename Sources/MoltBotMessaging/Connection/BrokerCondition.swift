internal import AMQP

/// Whether the broker can be worked with right now.
package enum BrokerCondition: Sendable, Equatable {
    case ready
    /// No connection; the reason of the last try.
    case away(String)
    /// The broker takes no messages: its reason (memory, disk).
    case blocked(String)
}

extension BrokerSession {
    package var condition: BrokerCondition {
        for status in [publishing.status, consuming.status] where !status.isConnected {
            return .away(status.lastError ?? "the first connection is not made yet")
        }
        return publishing.status.blockedReason.map { .blocked($0) } ?? .ready
    }
}
