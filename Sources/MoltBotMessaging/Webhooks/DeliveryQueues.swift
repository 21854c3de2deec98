internal import AMQP
internal import MoltBotCore
internal import Synchronization

/// Declares the queues of endpoints.
///
/// They are declared when an endpoint is added; a relay does it again for one that somebody has deleted since. A quorum queue takes a
/// moment to come up, and RabbitMQ 3.10 ends the whole connection (541) of whoever declares it meanwhile. So in one process it is declared
/// once at a time, and beside the connections that deliver; another process that was first only costs a second try.
package final class DeliveryQueues: Sendable {
    private let session: BrokerSession
    private let topology: Topology
    /// The declarations that run now, by endpoint.
    private let running = Mutex<[String: Task<Void, any Error>]>([:])

    package init(_ session: BrokerSession, topology: Topology) {
        self.session = session
        self.topology = topology
    }

    /// Makes sure of an endpoint's queue and its bindings.
    /// - Throws: ``AMQPError``, 406 when the queue exists with the other ordering; ``TopologyError`` when the id is no word of a key.
    package func declare(_ endpoint: String, isOrdered: Bool) async throws {
        let objects = try topology.objects(forEndpoint: endpoint, isOrdered: isOrdered)
        let declaration = running.withLock { running in
            if let known = running[endpoint] { return known }
            // Shared by all who ask meanwhile, so it belongs to none of them.
            let task = Task { try await self.declare(objects, of: endpoint) }
            running[endpoint] = task
            return task
        }
        try await declaration.value
    }

    private static let tries = 8
    private static let pause = Duration.milliseconds(250)

    private func declare(_ objects: Topology, of endpoint: String) async throws {
        defer { running.withLock { $0[endpoint] = nil } }
        for attempt in 1... {
            do {
                return try await session.withConnectionAside { connection in
                    try await connection.withChannel { try await Self.declare(objects, on: $0) }
                }
            } catch let error as AMQPError where error.replyCode == Self.internalError && attempt < Self.tries {
                try await Task.sleep(for: Self.pause * Double.random(in: 0.5...1))
            }
        }
    }

    private static let internalError: UInt16 = 541

    private static func declare(_ objects: Topology, on channel: AMQPChannel) async throws {
        for queue in objects.queues { try await channel.queueDeclare(queue.amqp) }
        for binding in objects.bindings {
            try await channel.queueBind(
                queue: binding.destination.name, exchange: binding.source, routingKey: binding.key, arguments: binding.arguments.amqp)
        }
    }
}

extension Topology {
    /// The queue of a webhook endpoint with its bindings; with FIFO ordering also that of its ``OrderMark``s.
    ///
    /// With FIFO ordering the broker lets one consumer at a time have the queue (`x-single-active-consumer`) and turns to the next when
    /// it goes, so two relays can't overtake each other. That is an argument: an endpoint keeps the ordering its queue was declared with.
    /// - Throws: ``TopologyError`` of code `invalidName` when the id can't be part of a routing key.
    package func objects(forEndpoint id: String, isOrdered: Bool) throws(TopologyError) -> Topology {
        var objects = try objects(for: "endpoint", named: id)
        if isOrdered {
            for index in objects.queues.indices { objects.queues[index].arguments["x-single-active-consumer"] = .bool(true) }
            objects.queues.append(Queue(name: BrokerNames.orderQueue(id), type: .quorum))
        }
        return objects
    }
}
