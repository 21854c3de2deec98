import MoltBotCore

/// The delay ladder's exchanges, queues and bindings; ``DelayLadder`` has its arithmetic.
///
/// Each level's topic exchange looks at its own bit of the routing key: 1 takes the message into the level's queue, whose TTL
/// hands it to the next lower exchange; 0 passes it there at once. Below level 0 is ``exchange``, to which the destination
/// queues are bound by the rest of the key. The scheme is NServiceBus's: within a queue all messages wait equally long, so
/// none blocks the one behind it.
package enum DelayLevels {
    /// Where a message that has waited comes out, with its destination at the end of the routing key.
    package static let exchange = "moltbot.delay"

    /// The name of a level's exchange, and of its queue.
    package static func name(of level: Int) -> String {
        level < 10 ? "\(exchange).0\(level)" : "\(exchange).\(level)"
    }

    /// The objects of all levels, level 0 first. ``exchange`` itself is not among them.
    static var objects: Topology {
        var topology = Topology()
        for level in DelayLadder.levels {
            let name = name(of: level)
            let below = level == 0 ? exchange : Self.name(of: level - 1)
            let higherBits = String(repeating: "*.", count: DelayLadder.levels.upperBound - level)
            topology.exchanges.append(Topology.Exchange(name: name, kind: .topic))
            topology.queues.append(Topology.Queue(name: name, type: .quorum, arguments: arguments(level: level, below: below)))
            topology.bindings.append(Topology.Binding(source: name, destination: .queue(name), key: higherBits + "1.#"))
            topology.bindings.append(Topology.Binding(source: name, destination: .exchange(below), key: higherBits + "0.#"))
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
