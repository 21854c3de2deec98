import AMQP
import CurlHTTP
import FoundationEssentials
import Logging
import MoltBotMessaging
import PrivateBroker
import TestSupport

/// An empty virtual host on a real broker, with everything a topology call needs.
struct TopologyHost {
    static let logger = Logger(label: "topology-tests") { _ in SwiftLogNoOpLogHandler() }

    private let host: VirtualHost
    let configuration: AMQPConfiguration
    let management: ManagementAPI
    private let client: HTTPClient

    static func run(_ body: (TopologyHost) async throws -> Void) async throws {
        try await TestBroker.withVirtualHost { host in
            let client = HTTPClient(logger: logger)
            do {
                try await body(TopologyHost(host, client))
            } catch {
                await client.shutdown()
                throw error
            }
            await client.shutdown()
        }
    }

    private init(_ host: VirtualHost, _ client: HTTPClient) throws {
        self.host = host
        self.client = client
        configuration = try AMQPConfiguration(urls: host.url)
        management = try ManagementAPI(
            url: host.broker.running.managementURL ?? "", of: configuration.endpoints[0], client: client)
    }

    /// The same broker seen by a user that may do what the three patterns say.
    func configuration(user: String, configure: String, write: String, read: String) async throws -> AMQPConfiguration {
        try await host.management.expectSuccess("PUT", "/api/users/\(user)", json: #"{"password": "secret", "tags": ""}"#)
        try await host.management.expectSuccess(
            "PUT", "/api/permissions/\(host.name)/\(user)",
            json: #"{"configure": "\#(configure)", "write": "\#(write)", "read": "\#(read)"}"#)
        return try AMQPConfiguration(urls: "amqp://\(user):secret@127.0.0.1:\(host.broker.running.amqpPort)/\(host.name)")
    }

    /// The management API by a URL that was changed.
    func management(_ change: (inout URLComponents) -> Void) throws -> ManagementAPI {
        var url = URLComponents(string: host.broker.running.managementURL ?? "") ?? URLComponents()
        change(&url)
        return try ManagementAPI(url: url.string ?? "", of: configuration.endpoints[0], client: client)
    }

    func remove(user: String) async throws {
        try await host.management.expectSuccess("DELETE", "/api/users/\(user)")
    }

    var name: String { host.name }

    func plan(_ topology: Topology, seesEverything: Bool = true) async throws -> TopologyPlan {
        try await TopologyPlan.make(
            topology: topology, configuration: configuration, management: seesEverything ? management : nil, logger: Self.logger)
    }

    @discardableResult
    func apply(_ topology: Topology) async throws -> TopologyPlan.Outcome {
        try await plan(topology).apply(configuration: configuration, management: management, logger: Self.logger)
    }

    func withChannel<Result>(_ body: (AMQPChannel) async throws -> Result) async throws -> Result {
        try await AMQPConnection.withConnection(configuration: configuration, logger: Self.logger) { connection in
            try await connection.withChannel(body)
        }
    }
}
