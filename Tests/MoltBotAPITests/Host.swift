import AMQP
import CurlHTTP
import Foundation
import Logging
import ModelProviders
import MoltBotAPI
import MoltBotCore
import MoltBotMessaging
import MoltBotWorker
import TestSupport
import Testing

@testable import MoltBotLedger

/// An API on a virtual host of its own, and how to talk to both.
struct Host: Sendable {
    let http: LoopbackHTTP
    let port: Int
    let session: BrokerSession
    let virtualHost: VirtualHost
    let topology: Topology
    let server: APIServer
    let ledger: LedgerStore
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

/// - Parameter patience: with a broker that does not answer; a busy machine is no such broker.
func withAPI<Result: Sendable>(
    on host: VirtualHost, _ configuration: APIConfiguration = .init(), workspaces: [String] = [], tokens: TokenVerifier? = nil,
    waitsUntilReady: Bool = true, patience: Duration = .seconds(60), _ body: @escaping @Sendable (Host) async throws -> Result
) async throws -> Result {
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    var amqp = try AMQPConfiguration(urls: host.url)
    amqp.publishTimeout = patience
    var topology = try TopologyFile.builtIn().topology
    for workspace in workspaces {
        let needed = try topology.objects(for: "workspace", named: workspace)
        topology.queues += needed.queues
        topology.bindings += needed.bindings
    }
    let prepared = topology
    let plan = try await TopologyPlan.make(
        topology: prepared, configuration: amqp, management: nil, logger: logger)
    _ = try await plan.apply(configuration: amqp, management: nil, logger: logger)
    let session = BrokerSession(configuration: amqp, role: "api", logger: logger)
    var configuration = configuration
    configuration.port = 0
    configuration.readPatience = patience
    let folder = try await TestRun.makeDirectory("api")
    let keys = MasterKeySource(setting: nil, file: MasterKeyFile(path: folder + "/master.key"))
    let webhooks = WebhookRegister(
        session, keys: keys, rules: .init(allowsHTTP: true, allowedNetworks: [IPNetwork("127.0.0.0/8")].compactMap(\.self)),
        topology: prepared)
    let ledger = try LedgerStore(path: folder + "/ledger.sqlite", logger: logger)
    let server = APIServer(
        session: session, ledger: ledger, configuration: configuration,
        webhooks: webhooks, keys: keys, tokens: tokens)
    let result = try await session.withConnections {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            defer { group.cancelAll() }
            let port = try await server.port()
            let host = Host(
                http: LoopbackHTTP(port: port), port: port, session: session, virtualHost: host, topology: prepared, server: server,
                ledger: ledger)
            guard waitsUntilReady else { return try await body(host) }
            try await eventually("the server is ready") { try await host.http.send("GET", "/health/ready").status == 200 }
            return try await body(host)
        }
    }
    try FileManager.default.removeItem(atPath: folder)
    return result
}

extension Host {
    /// Runs `body` with a worker that answers with an echo.
    func withWorker<Result: Sendable>(
        concurrency: Int = 50, echo: EchoProvider.Settings = .init(), workspaces: [Workspace] = [.default],
        _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let client = HTTPClient(logger: logger)
        let session = BrokerSession(configuration: try AMQPConfiguration(urls: virtualHost.url), role: "worker", logger: logger)
        var models = ModelConfiguration(defaultModel: "echo")
        models.echo = echo
        var configuration = WorkerConfiguration()
        configuration.concurrency = concurrency
        configuration.workspaces = workspaces
        let worker = try Worker(
            session: session, topology: topology,
            models: try ModelDirectory(models, client: client),
            configuration: configuration, logger: logger, restoreTopology: {})
        let result = try await session.withConnections {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await worker.run() }
                defer { group.cancelAll() }
                return try await body()
            }
        }
        await client.shutdown()
        return result
    }

    /// Sends a task and returns its id.
    func submit(_ json: String = #"{"prompt": "Hello"}"#) async throws -> String {
        let answer = try await http.send("POST", "/tasks", json: json)
        guard answer.status == 202, let id = try answer.json()["task_id"]?.stringValue else {
            throw UnexpectedAnswer(description: "POST /tasks: \(answer.status) \(answer.text)")
        }
        return id
    }

    /// The task as the API shows it once it has ended.
    func ended(_ id: String) async throws -> JSONValue {
        try await http.send("POST", "/tasks/\(id)/wait?timeout=300").json()
    }

    /// All tasks that the lists show, newest first.
    func taskIDs() async throws -> [String] {
        var ids: [String] = []
        var cursor = ""
        while true {
            let page = try await http.send("GET", "/tasks?limit=100" + cursor).json()
            ids += (page["tasks"]?.arrayValue ?? []).compactMap { $0["task_id"]?.stringValue }
            guard let next = page["next_cursor"]?.stringValue else { return ids }
            cursor = "&cursor=\(next)"
        }
    }

    /// Runs `body` while the node holds as many waiting requests as it takes.
    func withFullWaitingRoom(_ body: @escaping @Sendable () async throws -> Void) async throws {
        let key = TaskKey(id: try #require(TaskID("nobody")), workspace: .default)
        let held = Recorder<Void>()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<LedgerStore.maximumWaiters {
                group.addTask {
                    try await ledger.ends.withTicket(for: key) { ticket in
                        held.record(())
                        _ = await ledger.ends.wait(ticket, within: .seconds(600))
                    }
                }
            }
            defer { group.cancelAll() }
            try await held.atLeast(LedgerStore.maximumWaiters, "a waiting request", within: .seconds(60))
            try await body()
        }
    }

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

struct UnexpectedAnswer: Error, CustomStringConvertible {
    let description: String
}
