import MoltBotCore

/// The delay ladder's exchanges, queues and bindings; ``DelayLadder`` has its arithmetic.
///
/// Each level's topic exchange looks at its own bit of the routing key: 1 takes the message into the level's queue, whose TTL
/// hands it to the next lower exchange; 0 passes it there at once. Below level 0 is `moltbot.delay`, to which the destination
/// queues are bound by the rest of the key. The scheme is NServiceBus's: within a queue all messages wait equally long, so
/// none blocks the one behind it.
enum DelayLevels {
    /// The objects of all levels, level 0 first. `moltbot.delay` itself is not among them.
    static var objects: Topology {
        var topology = Topology()
        for level in DelayLadder.levels {
            let name = BrokerNames.delayExchange(level: level)
            let below = level == 0 ? BrokerNames.Exchange.delay : BrokerNames.delayExchange(level: level - 1)
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
