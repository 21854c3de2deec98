import AMQP
import Logging
import MoltBotCore
import MoltBotMessaging
import NIOCore
import TestSupport

/// Connections of one process to a broker that has the topology.
enum RegistryHost {
    static func run<Result: Sendable>(_ body: @escaping @Sendable (BrokerSession) async throws -> Result) async throws -> Result {
        try await TestBroker.withVirtualHost { host in
            try await applyTopology(url: host.url)
            return try await session(url: host.url, body)
        }
    }

    static func applyTopology(url: String) async throws {
        let configuration = try AMQPConfiguration(urls: url)
        let plan = try await TopologyPlan.make(
            topology: try TopologyFile.builtIn().topology, configuration: configuration, management: nil, logger: TopologyHost.logger)
        _ = try await plan.apply(configuration: configuration, management: nil, logger: TopologyHost.logger)
    }

    static func session<Result: Sendable>(
        url: String, _ body: @escaping @Sendable (BrokerSession) async throws -> Result
    ) async throws -> Result {
        let session = BrokerSession(configuration: try AMQPConfiguration(urls: url), role: "test", logger: TopologyHost.logger)
        return try await session.withConnections { try await body(session) }
    }

    /// Follows the registry while `body` runs; what is handed over is recorded call by call.
    static func following<Result: Sendable>(
        _ session: BrokerSession, kinds: Set<RegistryRecord.Kind> = [.deployment],
        _ body: @escaping @Sendable (Recorder<[RegistryRecord]>) async throws -> Result
    ) async throws -> Result {
        let calls = Recorder<[RegistryRecord]>()
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await RegistryFollower(session, kinds: kinds).run { calls.record($0) } }
            defer { group.cancelAll() }
            return try await body(calls)
        }
    }
}

extension RegistryRecord {
    static func model(_ id: String, _ value: JSONValue?) -> RegistryRecord {
        RegistryRecord(kind: .deployment, id: id, workspace: .default, value: value)
    }
}

extension Recorder<[RegistryRecord]> {
    /// What a receiver that keeps the latest value of each entry has by now.
    var values: [String: JSONValue] {
        elements.joined().reduce(into: [:]) { values, record in values[record.id] = record.value }
    }
}
