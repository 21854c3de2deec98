internal import AMQP

/// The queue of one webhook endpoint, which holds what its receiver has not taken yet.
package struct EndpointQueue: Sendable {
    private let objects: Topology
    private let orderQueue: String

    /// - Throws: ``TopologyError`` of code `invalidName` when the id is no word of a routing key.
    /// - Parameter isOrdered: whether the endpoint's ordering is FIFO; only ``declare(_:)`` needs to know.
    package init(of endpoint: String, isOrdered: Bool = false, in topology: Topology) throws(TopologyError) {
        objects = try topology.objects(forEndpoint: endpoint, isOrdered: isOrdered)
        orderQueue = BrokerNames.orderQueue(endpoint)
    }

    package var names: [String] { objects.queues.map(\.name) }

    /// Makes sure that the queue and its bindings are there.
    /// - Throws: ``TopologyError``: `accessRefused`, `mismatch`, `brokerFailed`.
    package func declare(_ session: BrokerSession) async throws(TopologyError) {
        let plan = try await TopologyPlan.make(
            topology: objects, configuration: session.aside, management: nil, logger: session.logger)
        _ = try await plan.apply(configuration: session.aside, management: nil, logger: session.logger)
    }

    /// Deliveries that wait in it; those that are being tried, or wait for their next try, are not counted. 0 when there is no queue.
    /// - Throws: ``AMQPError``.
    package func count(_ session: BrokerSession) async throws -> Int {
        var count = 0
        for name in names {
            do {
                count += try await session.consuming.withChannel { channel in
                    try await channel.queueDeclare(AMQPQueue(name: name), passive: true).messageCount
                }
            } catch let error as AMQPError where error.replyCode == 404 {
                continue
            }
        }
        return count
    }

    /// False also when there is no such queue.
    static func hasConsumer(_ queue: String, _ session: BrokerSession) async throws -> Bool {
        do {
            return try await session.consuming.withChannel { channel in
                try await channel.queueDeclare(AMQPQueue(name: queue), passive: true).consumerCount > 0
            }
        } catch let error as AMQPError where error.replyCode == 404 {
            return false
        }
    }

    /// Deletes the queue with what is in it, and returns how many deliveries that were.
    package func delete(_ session: BrokerSession) async throws -> Int {
        try await session.consuming.withChannel { channel in
            var count = 0
            for name in names where name != orderQueue { count += try await channel.queueDelete(name) }
            // Only endpoints with FIFO ordering have one; deleting what is not there is no error.
            _ = try await channel.queueDelete(orderQueue)
            return count
        }
    }
}
