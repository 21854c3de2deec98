internal import MoltBotCore

/// A queue of deliveries: an endpoint's own, or one of those that callbacks of tasks share by host.
package enum DeliveryQueue: Sendable, Hashable {
    case endpoint(String)
    /// 0 to 15.
    case adhoc(Int)

    package static let adhocCount = 16

    /// A host's callbacks are always in the same queue.
    static func adhoc(forHost host: String) -> DeliveryQueue {
        // FNV-1a, 32 bit: all relays of all versions agree.
        let hash = host.utf8.reduce(UInt32(0x811C_9DC5)) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
        return .adhoc(Int(hash % UInt32(adhocCount)))
    }

    /// The routing key on the deliveries exchange, and the end of the queue's name.
    var word: String {
        switch self {
        case .endpoint(let id): id
        case .adhoc(let number): "adhoc.\(number)"
        }
    }

    package var name: String { BrokerNames.deliveryQueue(word) }
}
