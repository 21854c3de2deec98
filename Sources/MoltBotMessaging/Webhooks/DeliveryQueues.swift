internal import AMQP
internal import MoltBotCore

/// Declares the queues of endpoints.
package struct DeliveryQueues: Sendable {
    private let session: BrokerSession
    private let topology: Topology

    package init(_ session: BrokerSession, topology: Topology) {
        self.session = session
        self.topology = topology
    }

    /// Makes sure of an endpoint's queue and its bindings.
    ///
    /// With FIFO ordering the broker lets one consumer at a time have the queue (`x-single-active-consumer`) and turns to the next when
    /// it goes: two relays can't overtake each other. That is an argument, so an endpoint keeps the ordering its queue was declared with.
    /// - Throws: ``AMQPError``, 406 when the queue exists with the other ordering; ``TopologyError`` when the id is no word of a key.
    package func declare(_ endpoint: String, isOrdered: Bool) async throws {
        let objects = try topology.objects(for: "endpoint", named: endpoint)
        try await session.publishing.withChannel { channel in
            for queue in objects.queues {
                var queue = queue.amqp
                if isOrdered { queue.arguments["x-single-active-consumer"] = true }
                try await channel.queueDeclare(queue)
            }
            for binding in objects.bindings {
                try await channel.queueBind(
                    queue: binding.destination.name, exchange: binding.source, routingKey: binding.key,
                    arguments: binding.arguments.amqp)
            }
        }
    }
}
