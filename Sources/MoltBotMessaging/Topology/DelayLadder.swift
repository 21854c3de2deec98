/// The delay ladder's names, bindings and routing keys: level k holds a message 2^k seconds.
///
/// A delay is written in binary at the front of the routing key, highest level first. Each level's topic exchange looks at
/// its own bit: 1 takes the message into the level's queue, whose TTL hands it on to the next lower exchange; 0 passes it
/// there at once. Below level 0 is ``exchange``, to which the destination queues are bound by the rest of the key. The
/// scheme is NServiceBus's; it waits without a message blocking the one behind it, as one TTL a queue never does.
package struct DelayLadder: Sendable, Equatable {
    /// Where a message that has waited comes out.
    package static let exchange = "moltbot.delay"

    /// A queue TTL has 32 bits of milliseconds: 2^22 s is the last power that fits.
    package static let possibleLevels = 1...22

    package let levels: Int

    package init(levels: Int) { self.levels = levels }

    /// The longest delay in seconds.
    package var longestDelay: Int { (1 << levels) - 1 }

    /// The exchange and the queue of a level have the same name.
    package static func name(ofLevel level: Int) -> String {
        level < 10 ? "\(exchange).0\(level)" : "\(exchange).\(level)"
    }

    /// Where and with which key to publish a message that is to reach `destination` after `seconds`, 1 to ``longestDelay``.
    ///
    /// The message enters at the highest bit that is set: every exchange above would only cost the broker time.
    package func entry(seconds: Int, destination: String) -> (exchange: String, routingKey: String) {
        let seconds = min(max(seconds, 1), longestDelay)
        let highestBit = Int.bitWidth - 1 - seconds.leadingZeroBitCount
        let bits = (0..<levels).reversed().map { seconds >> $0 & 1 == 1 ? "1" : "0" }
        return (Self.name(ofLevel: highestBit), bits.joined(separator: ".") + "." + destination)
    }

    /// The ladder's exchanges, queues and bindings, level 0 first. ``exchange`` itself is not among them.
    var objects: Topology {
        var topology = Topology()
        for level in 0..<levels {
            let name = Self.name(ofLevel: level)
            let below = level == 0 ? Self.exchange : Self.name(ofLevel: level - 1)
            let skipped = String(repeating: "*.", count: levels - 1 - level)
            topology.exchanges.append(Topology.Exchange(name: name, kind: .topic))
            topology.queues.append(Topology.Queue(name: name, type: .quorum, arguments: Self.arguments(level: level, below: below)))
            topology.bindings.append(Topology.Binding(source: name, destination: .queue(name), key: skipped + "1.#"))
            topology.bindings.append(Topology.Binding(source: name, destination: .exchange(below), key: skipped + "0.#"))
        }
        return topology
    }

    private static func arguments(level: Int, below: String) -> [String: TopologyValue] {
        [
            "x-message-ttl": .integer(1000 << Int64(level)),
            "x-dead-letter-exchange": .string(below),
            // RabbitMQ falls back to at-most-once, and loses messages, unless the overflow is reject-publish.
            "x-dead-letter-strategy": .string("at-least-once"),
            "x-overflow": .string("reject-publish"),
        ]
    }
}
