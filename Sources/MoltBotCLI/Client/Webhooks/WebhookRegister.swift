import MoltBotConfig
import MoltBotCore
import MoltBotMessaging

/// The webhook endpoints on a broker, as the commands read and change them.
struct WebhookRegister: Sendable {
    /// All: whether a key fits shows in the secrets of every kind.
    private static let kinds = Set(RegistryRecord.Kind.allCases)

    private let registry: Registry
    private let keys: MasterKeySource
    private let relay: RelaySettings

    init(_ session: BrokerSession, _ settings: Settings) {
        registry = Registry(session)
        keys = MasterKeySource(setting: settings.registry.masterKey, file: MasterKeyFile(path: settings.registry.keyFile))
        relay = settings.relay
    }

    /// The endpoints by their ids, and why others can't be read.
    func all() async throws -> (endpoints: [WebhookEndpoint], unreadable: [RegistryError]) {
        let seal = SecretSeal(try keys.keys())
        var found: (endpoints: [WebhookEndpoint], unreadable: [RegistryError]) = ([], [])
        for record in try await registry.snapshot(of: [.webhookEndpoint]).records(of: .webhookEndpoint) {
            do throws(RegistryError) {
                found.endpoints.append(try WebhookEndpoint(record, openedBy: seal))
            } catch {
                found.unreadable.append(error)
            }
        }
        return found
    }

    func endpoint(_ id: String) async throws -> WebhookEndpoint {
        let state = try await registry.snapshot(of: [.webhookEndpoint])
        return try WebhookEndpoint(try Self.record(id, in: state), openedBy: SecretSeal(try keys.keys()))
    }

    func add(_ endpoint: WebhookEndpoint) async throws {
        let keys = keys
        try await registry.change(Self.kinds) { state in
            [try endpoint.record(sealedBy: SecretSeal(try keys.sealingKeys(for: state)))]
        }
    }

    /// Changes an endpoint and seals its secrets anew with the current master key.
    /// - Parameter forgetsFailures: whether the time for which it has failed starts from now.
    func change(
        _ id: String, forgetsFailures: Bool = false, _ change: @escaping @Sendable (inout WebhookEndpoint) throws -> Void
    ) async throws -> WebhookEndpoint {
        let (keys, relay) = (keys, relay)
        let state = try await registry.change(Self.kinds) { state in
            let seal = SecretSeal(try keys.sealingKeys(for: state))
            var endpoint = try WebhookEndpoint(try Self.record(id, in: state), openedBy: seal)
            try change(&endpoint)
            try endpoint.check(allowHTTP: relay.allowsHTTP, allowedNetworks: relay.allowedNetworks)
            return [try endpoint.record(sealedBy: seal)] + (forgetsFailures ? Self.endOfFailures(of: id, in: state) : [])
        }
        return try WebhookEndpoint(try Self.record(id, in: state), openedBy: SecretSeal(try keys.keys()))
    }

    /// Needs no master key: an endpoint whose key is lost can be removed.
    func remove(_ id: String) async throws {
        try await registry.change(Self.kinds) { state in
            var removal = try Self.record(id, in: state)
            removal.value = nil
            removal.time = .now()
            return [removal] + Self.endOfFailures(of: id, in: state)
        }
    }

    /// - Throws: ``CommandFailure`` when there is no such endpoint.
    func requireEndpoint(_ id: String) async throws {
        _ = try Self.record(id, in: try await registry.snapshot(of: [.webhookEndpoint]))
    }

    private static func record(_ id: String, in state: RegistryState) throws(CommandFailure) -> RegistryRecord {
        guard let record = state.record(.webhookEndpoint, id) else {
            let nearest = Spelling.nearest(to: id, in: state.records(of: .webhookEndpoint).map(\.id))
            throw CommandFailure(
                .failed, "no webhook endpoint \"\(id)\"" + (nearest.map { "; did you mean \"\($0)\"?" } ?? ""),
                remedy: "`moltbot webhooks list` shows what there is.")
        }
        return record
    }

    private static func endOfFailures(of id: String, in state: RegistryState) -> [RegistryRecord] {
        guard var health = state.record(.webhookHealth, id) else { return [] }
        health.value = nil
        health.time = .now()
        return [health]
    }
}
