import AMQP
import CurlHTTP
import Logging
import ModelProviders
import MoltBotCore
import MoltBotMessaging
import MoltBotWorker
import TestSupport

enum Layout: String, CaseIterable, Sendable {
    case oneNode = "topology/moltbot.yaml"
    case cluster = "topology/ha.yaml"
}

/// Runs `body` with workers in this process, each with connections and knowledge of its own.
func withPipeline<Result: Sendable>(
    _ layout: Layout = .oneNode, url: String, model: String? = nil, models: ModelConfiguration? = nil, directory: ModelDirectory? = nil,
    workers count: Int = 1, configuration: WorkerConfiguration = .init(), _ body: @escaping @Sendable (Spectator) async throws -> Result
) async throws -> Result {
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let amqp = try AMQPConfiguration(urls: url)
    let topology = try TopologyFile(path: BuildProducts.repository + "/" + layout.rawValue).topology
    let plan = try await TopologyPlan.make(topology: topology, configuration: amqp, management: nil, logger: logger)
    _ = try await plan.apply(configuration: amqp, management: nil, logger: logger)
    let http = HTTPClient(logger: logger)
    let catchAll = model.map { Deployment(name: "openai", provider: .openAI, baseURL: $0) }
    let models = models ?? ModelConfiguration(defaultModel: "echo", catchAll: catchAll)
    let workers = try (0..<count).map { _ in
        let session = BrokerSession(configuration: amqp, role: "worker", logger: logger)
        let directory = try directory ?? ModelDirectory(models, client: http)
        return (
            session,
            // A machine that stands still for a while is no reason to call a model again.
            try Worker(
                session: session, topology: topology, models: directory, configuration: configuration, logger: logger,
                ledgerPatience: .seconds(60), restoreTopology: {})
        )
    }
    let result = try await withThrowingTaskGroup(of: Void.self) { group in
        for (session, worker) in workers {
            group.addTask { try await session.withConnections { try await worker.run() } }
        }
        defer { group.cancelAll() }
        return try await withSpectator(url: url, body)
    }
    await http.shutdown()
    return result
}
