import Logging
import MoltBotConfig
import MoltBotCore
import MoltBotMessaging
import PrivateBroker

/// The demo's webhooks: one endpoint for completed tasks, its receiver, and the relay between.
struct DemoWebhooks: Sendable {
    /// After this what is not delivered counts as lost: the last retry is due long before.
    private static let patience = Duration.seconds(45)
    /// Short steps: the receiver is back within seconds.
    private static let schedule = [Duration](repeating: .seconds(1), count: 20)

    let receiver: DemoReceiver
    let receipts = DemoReceipts()
    private let stage: DemoStage
    private let console: Console
    private let logger: Logger
    private let secret = WebhookSecret.generate()

    init(stage: DemoStage, console: Console, logger: Logger) {
        self.stage = stage
        self.console = console
        self.logger = logger
        receiver = DemoReceiver(secret: secret, receipts: receipts, logger: logger)
    }

    /// Waits for the receiver and makes its endpoint.
    func register(_ session: BrokerSession) async throws {
        var endpoint = WebhookEndpoint(
            id: WebhookEndpoint.makeID(), workspace: .default, url: "http://127.0.0.1:\(try await receiver.port())\(DemoReceiver.path)",
            eventTypes: [TaskEventType.completed].compactMap { EventPattern($0.rawValue) }, secrets: [secret], createdAt: .now())
        endpoint.schedule = Self.schedule
        let register = WebhookRegister(
            session, keys: MasterKeySource(setting: nil, file: MasterKeyFile(path: keyFile)),
            rules: .init(allowsHTTP: true, allowedNetworks: [IPNetwork("127.0.0.1/32")].compactMap(\.self)),
            topology: try TopologyFile.builtIn().topology)
        try await register.add(endpoint)
    }

    func relay() throws -> ServiceProcess {
        try ServiceProcess(
            name: "relay", ["relay"],
            settings: [
                .brokerURL: stage.running.amqpURL, .registryKeyFile: keyFile, .relayAllowsHTTP: "true",
                .relayAllowedNetworks: "127.0.0.1/32",
            ], folder: stage.folder, readyWords: "Relay ready", logger: logger)
    }

    /// Returns when the receiver has taken all these events, or when it is hopeless to wait on.
    func wait(for events: Set<String>) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await receipts.wait(for: events) }
            group.addTask { try? await Task.sleep(for: Self.patience) }
            await group.next()
            group.cancelAll()
        }
        for line in receipts.takeNews() { console.note(line) }
    }

    private var keyFile: String { stage.folder + "/master.key" }
}
