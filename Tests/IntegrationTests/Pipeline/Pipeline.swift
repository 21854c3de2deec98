import AMQP
import CurlHTTP
import Logging
import ModelProviders
import MoltBotCore
import MoltBotMessaging
import MoltBotWorker
import NIOCore
import TestSupport
import Testing

/// A worker on a virtual host of a real broker, with a plain AMQP client beside it that sees what any program would see.
struct Pipeline: Sendable {
    enum Layout: String, CaseIterable, Sendable {
        case oneNode = "topology/moltbot.yaml"
        case cluster = "topology/ha.yaml"
    }

    let url: String
    /// Every message on the events exchange, in order.
    let events: Recorder<AMQPDelivery>
    /// Every message on the shared result queue.
    let results: Recorder<AMQPDelivery>
    /// Every message on a reply queue named ``replyQueue``.
    let replies: Recorder<AMQPDelivery>
    let replyQueue: String
    let program: AMQPClient
    let topology: Topology

    func publish(
        _ body: String, id: String?, exchange: String = "moltbot.tasks", routingKey: String = "default.normal", priority: UInt8 = 5,
        replyTo: String? = nil, correlationID: String? = nil, contentType: String? = "application/json", headers: AMQPTable? = nil
    ) async throws {
        try await program.publish(
            AMQPMessage(
                exchange: exchange, routingKey: routingKey,
                properties: AMQPProperties(
                    contentType: contentType, headers: headers, deliveryMode: .persistent, priority: priority,
                    correlationID: correlationID, replyTo: replyTo, messageID: id),
                body: ByteBuffer(string: body)))
    }

    func terminal(of id: String, within duration: Duration = .seconds(30)) async throws -> TaskOutcome {
        let delivery = try await events.first("the terminal event of \(id)", within: duration) {
            $0.properties.correlationID == id && $0.isTerminal
        }
        return try #require(try TaskEvent.decode(Array(delivery.body.readableBytesView)).outcome)
    }

    func types(of id: String) -> [String] {
        events.elements.filter { $0.properties.correlationID == id }.compactMap(\.properties.type)
    }
}

extension AMQPDelivery {
    var isTerminal: Bool { properties.type.flatMap { TaskEventType(rawValue: $0) }?.isTerminal ?? false }
}

/// Runs `body` with a worker in this process.
func withPipeline<Result: Sendable>(
    _ layout: Pipeline.Layout = .oneNode, url: String, model: String? = nil,
    configuration: WorkerConfiguration = .init(), _ body: @escaping @Sendable (Pipeline) async throws -> Result
) async throws -> Result {
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let amqp = try AMQPConfiguration(urls: url)
    let topology = try TopologyFile(path: layout.rawValue).topology
    let plan = try await TopologyPlan.make(topology: topology, configuration: amqp, management: nil, logger: logger)
    _ = try await plan.apply(configuration: amqp, management: nil, logger: logger)
    let session = BrokerSession(configuration: amqp, role: "worker", logger: logger)
    let http = HTTPClient(logger: logger)
    let worker = try Worker(
        session: session, topology: topology,
        models: try ModelDirectory(defaultModel: "echo", openAI: model.map { .init(baseURL: $0, apiKey: nil) }, client: http),
        configuration: configuration, logger: logger, restoreTopology: {})
    let result = try await session.withConnections {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await worker.run() }
            defer { group.cancelAll() }
            return try await withProgram(url: url, topology: topology, body)
        }
    }
    await http.shutdown()
    return result
}

/// Runs `body` with a plain AMQP client that records events, results and replies. There is no worker.
func withProgram<Result: Sendable>(
    url: String, topology: Topology, _ body: @escaping @Sendable (Pipeline) async throws -> Result
) async throws -> Result {
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let program = AMQPClient(configuration: try AMQPConfiguration(urls: url, connectionName: "program"), logger: logger)
    let pipeline = Pipeline(
        url: url, events: Recorder(), results: Recorder(), replies: Recorder(), replyQueue: "program.replies", program: program,
        topology: topology)
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await program.run() }
        defer { group.cancelAll() }
        try await program.withChannel { channel in
            try await channel.queueDeclare(AMQPQueue(name: "program.events"))
            try await channel.queueBind(queue: "program.events", exchange: "moltbot.events", routingKey: "")
            try await channel.queueDeclare(AMQPQueue(name: pipeline.replyQueue))
        }
        for (queue, recorder) in [
            ("program.events", pipeline.events), ("moltbot.results", pipeline.results), (pipeline.replyQueue, pipeline.replies),
        ] {
            group.addTask {
                // Ends with the program: its error is the cancellation.
                try? await program.consume(AMQPSubscription(queue: queue, prefetch: 200)) { delivery in
                    recorder.record(delivery)
                    return .ack
                }
            }
        }
        return try await body(pipeline)
    }
}
