import AMQP
import Logging
import MoltBotCore
import MoltBotMessaging
import NIOCore
import TestSupport

/// Runs `body` with a client's connections to a virtual host that has the topology and no worker.
func withClientHost<Result: Sendable>(_ body: @escaping @Sendable (BrokerSession) async throws -> Result) async throws -> Result {
    try await TestBroker.withVirtualHost { host in try await withClient(url: host.url, body) }
}

/// Like ``withClientHost(_:)``, on any broker.
func withClient<Result: Sendable>(
    url: String, _ body: @escaping @Sendable (BrokerSession) async throws -> Result
) async throws -> Result {
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let amqp = try AMQPConfiguration(urls: url)
    let plan = try await TopologyPlan.make(
        topology: try TopologyFile.builtIn().topology, configuration: amqp, management: nil, logger: logger)
    _ = try await plan.apply(configuration: amqp, management: nil, logger: logger)
    let session = BrokerSession(configuration: amqp, role: "client", logger: logger)
    return try await session.withConnections { try await body(session) }
}

extension BrokerSession {
    /// Publishes as any program would.
    func publish(
        _ body: String, id: String?, exchange: String = "", routingKey: String, headers: AMQPTable? = nil, priority: UInt8? = nil,
        isMandatory: Bool = true
    ) async throws {
        try await publishing.publish(
            AMQPMessage(
                exchange: exchange, routingKey: routingKey,
                properties: AMQPProperties(
                    contentType: "application/json", headers: headers, deliveryMode: .persistent, priority: priority, messageID: id),
                body: ByteBuffer(string: body), isMandatory: isMandatory))
    }

    /// The outcome of a task, as a worker publishes it.
    func publishOutcome(of id: String, _ status: TaskStatus = .completed, in workspace: Workspace = .default) async throws {
        guard let task = TaskID(id) else { throw TestSupportFailure(description: "\(id) is no task id") }
        let event = TaskEvent(TaskOutcome(taskID: task, workspace: workspace, status: status, result: "answer to \(id)"))
        let message = AMQPDelivery(
            exchange: "", routingKey: "", properties: AMQPProperties(messageID: id), body: ByteBuffer(), isRedelivered: false,
            deliveryTag: 1)
        let envelope = TaskEnvelope(message, from: TaskQueue(name: "moltbot.tasks.default", workspace: .default, lane: nil))
        try await EventPublisher(publishing, logger: logger).finish(EncodedEvent(event), of: envelope) { _ in false }
    }

    /// Takes the first message of a queue off it.
    func take(_ queue: String) async throws -> AMQPDelivery? {
        try await consuming.withChannel { channel in
            guard let delivery = try await channel.get(queue) else { return nil }
            channel.settle(delivery, .ack)
            // Answered after the acknowledgement.
            try await channel.queueDeclare(AMQPQueue(name: queue), passive: true)
            return delivery
        }
    }
}

struct TestSupportFailure: Error, CustomStringConvertible {
    let description: String
}
