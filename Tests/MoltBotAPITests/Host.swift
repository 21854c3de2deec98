import AMQP
import Logging
import MoltBotAPI
import MoltBotMessaging
import TestSupport

/// An API on a virtual host of its own, and how to talk to both.
struct Host: Sendable {
    let http: LoopbackHTTP
    let port: Int
    let session: BrokerSession
    let virtualHost: VirtualHost
}

/// Runs `body` with an API in this process.
func withAPI<Result: Sendable>(
    _ configuration: APIConfiguration = .init(), workspaces: [String] = [], tokens: TokenVerifier? = nil,
    _ body: @escaping @Sendable (Host) async throws -> Result
) async throws -> Result {
    try await TestBroker.withVirtualHost { host in
        try await withAPI(on: host, configuration, workspaces: workspaces, tokens: tokens, body)
    }
}

func withAPI<Result: Sendable>(
    on host: VirtualHost, _ configuration: APIConfiguration = .init(), workspaces: [String] = [], tokens: TokenVerifier? = nil,
    _ body: @escaping @Sendable (Host) async throws -> Result
) async throws -> Result {
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    var amqp = try AMQPConfiguration(urls: host.url)
    amqp.publishTimeout = .seconds(5)
    var topology = try TopologyFile.builtIn().topology
    for workspace in workspaces {
        let needed = try topology.objects(for: "workspace", named: workspace)
        topology.queues += needed.queues
        topology.bindings += needed.bindings
    }
    let plan = try await TopologyPlan.make(
        topology: topology, configuration: amqp, management: nil, logger: logger)
    _ = try await plan.apply(configuration: amqp, management: nil, logger: logger)
    let session = BrokerSession(configuration: amqp, role: "api", logger: logger)
    var configuration = configuration
    configuration.port = 0
    let server = APIServer(session: session, configuration: configuration, tokens: tokens)
    return try await session.withConnections {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            defer { group.cancelAll() }
            let port = try await server.port()
            return try await body(Host(http: LoopbackHTTP(port: port), port: port, session: session, virtualHost: host))
        }
    }
}

extension Host {
    /// Takes the first message of a queue off it.
    func take(_ queue: String) async throws -> AMQPDelivery? {
        try await session.consuming.withChannel { channel in
            guard let delivery = try await channel.get(queue) else { return nil }
            channel.settle(delivery, .ack)
            // Answered after the acknowledgement.
            try await channel.queueDeclare(AMQPQueue(name: queue), passive: true)
            return delivery
        }
    }
}

extension Host {
    /// Sends requests until one shows it: what another process changed reaches this one within milliseconds.
    func repeating(until what: String, _ isSo: @escaping @Sendable () async throws -> Bool) async throws {
        try await withDeadline(.seconds(15), what) {
            while try await !isSo() { try Task.checkCancellation() }
        }
    }
}
