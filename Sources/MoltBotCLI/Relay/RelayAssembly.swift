import Logging
import MoltBotConfig
import MoltBotMessaging
import MoltBotRelay
import ServiceLifecycle

/// Puts a relay together from the settings.
struct RelayAssembly {
    private let session: BrokerSession
    private let sender: WebhookSender
    private let relay: Relay

    init(settings: Settings, broker: BrokerAddress, preparation: TopologyPreparation, logger: Logger) {
        session = BrokerSession(
            configuration: broker.configuration, role: "relay", logger: logger, setup: { _ in try await preparation.run() })
        sender = WebhookSender(
            WebhookSenderConfiguration(
                userAgent: "MoltBot/\(Version.current)", allowHTTP: settings.relay.allowsHTTP,
                allowedNetworks: settings.relay.allowedNetworks), logger: logger)
        let keys = MasterKeySource(setting: settings.registry.masterKey, file: MasterKeyFile(path: settings.registry.keyFile))
        let source = EndpointSource(session, keys: keys, logger: logger)
        relay = Relay(
            session: session, topology: preparation.topology, configuration: RelayConfiguration(settings.relay),
            registrar: source.registrar, send: sender.attempt, logger: logger, restoreTopology: { try await preparation.run() },
            follow: { await source.follow(into: $0) })
    }

    /// Returns when the relay takes events, or when the caller is cancelled.
    func waitUntilTaking() async { await relay.waitUntilTaking() }

    /// In the order of starting: connections outlive what uses them.
    var services: [any Service] { session.services + [RelayWithSender(relay: relay, sender: sender)] }
}

/// A relay and the connections of its requests, which end with it.
private struct RelayWithSender: Service {
    let relay: Relay
    let sender: WebhookSender

    func run() async throws {
        do {
            try await relay.run()
        } catch {
            await sender.shutdown()
            throw error
        }
        await sender.shutdown()
    }
}

extension RelayConfiguration {
    fileprivate init(_ settings: RelaySettings) {
        self.init()
        maximumInFlight = settings.concurrency
        // One endpoint never has most of the slots, whatever it asks for.
        maximumInFlightPerEndpoint = max(1, settings.concurrency / 4)
        gracePeriod = settings.gracePeriod
    }
}
