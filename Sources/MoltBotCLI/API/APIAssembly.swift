import AMQP
import CurlHTTP
import Logging
import MoltBotAPI
import MoltBotConfig
import MoltBotLedger
import MoltBotMessaging
import ServiceLifecycle

/// Puts an API node together from the settings.
struct APIAssembly {
    /// A client waits for its answer: it rather hears of trouble soon than of success late.
    private static let publishTimeout = Duration.seconds(10)
    private static let patience = Duration.seconds(10)

    let session: BrokerSession
    private let server: APIServer
    private let tokenKeys: TokenKeys?
    private let host: String
    private let record: NodeRecord

    init(
        settings: Settings, broker: BrokerAddress, topology: Topology, client: HTTPClient, logger: Logger
    ) async throws {
        var configuration = broker.configuration
        configuration.publishTimeout = Self.publishTimeout
        session = BrokerSession(configuration: configuration, role: "api", logger: logger)
        tokenKeys = try await TokenKeys(settings.api, client: client, logger: logger)
        host = settings.api.host
        record = NodeRecord(stateDirectory: settings.stateDirectory)
        var retention = LedgerRetention()
        retention.age = settings.ledger.retentionAge
        retention.maximumBytes = settings.ledger.retentionBytes
        server = APIServer(
            session: session, ledger: try LedgerStore(path: settings.ledger.path, logger: logger), retention: retention,
            configuration: APIConfiguration(settings.api),
            webhooks: WebhookRegister(session, settings, topology), keys: MasterKeySource(settings.registry), tokens: tokenKeys?.verifier)
    }

    /// In the order of starting: connections outlive what uses them.
    var services: [any Service] { session.services + [tokenKeys].compactMap(\.self) + [server, recording] }

    private var recording: NodeRecordService {
        NodeRecordService(
            record: record,
            address: { NodeAddress.url(host: NodeAddress.reachable(host), port: try await server.port()) }, logger: session.logger)
    }

    /// Where it listens, once it does.
    func address() async throws -> String { NodeAddress.url(host: host, port: try await server.port()) }

    /// Returns when the ledger is read up to the start.
    func waitUntilCaughtUp() async throws { try await server.waitUntilCaughtUp() }

    /// The same within ten seconds: a node that joins late reads for a while.
    func hasCaughtUp() async -> Bool {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask { (try? await waitUntilCaughtUp()) != nil }
            group.addTask {
                try? await Task.sleep(for: Self.patience)
                return false
            }
            defer { group.cancelAll() }
            return await group.next() ?? false
        }
    }
}

extension APIConfiguration {
    fileprivate init(_ settings: APISettings) {
        self.init()
        host = settings.host
        port = settings.port
        maximumBodyBytes = settings.maximumBodyBytes
        maximumUnconfirmed = settings.maximumUnconfirmed
        allowedOrigins = settings.allowedOrigins
    }
}
