package import AMQP
package import MoltBotCore
package import MoltBotMessaging

/// What an API node needs to register webhooks.
package struct WebhookRegistration: Sendable {
    let keys: MasterKeySource
    let topology: Topology
    let broker: AMQPConfiguration
    let allowHTTP: Bool
    let allowedNetworks: [IPNetwork]

    /// - Parameters:
    ///   - keys: seal the secrets.
    ///   - topology: says what an endpoint's queue is like.
    ///   - broker: where that queue is declared.
    ///   - allowHTTP: whether an endpoint may be without TLS; see the relay's settings, also for the next one.
    ///   - allowedNetworks: networks that are reachable though they are private.
    package init(keys: MasterKeySource, topology: Topology, broker: AMQPConfiguration, allowHTTP: Bool, allowedNetworks: [IPNetwork]) {
        self.keys = keys
        self.topology = topology
        self.broker = broker
        self.allowHTTP = allowHTTP
        self.allowedNetworks = allowedNetworks
    }
}

/// The webhook endpoints of one workspace; those of others do not exist here.
struct WebhookStore: Sendable {
    /// All: whether a key fits shows in the secrets of every kind.
    private static let kinds = Set(RegistryRecord.Kind.allCases)

    private let session: BrokerSession
    private let registry: Registry
    private let registration: WebhookRegistration
    private let workspace: Workspace

    init(_ session: BrokerSession, _ registration: WebhookRegistration, _ workspace: Workspace) {
        self.session = session
        self.registration = registration
        self.workspace = workspace
        registry = Registry(session)
    }

    /// By their ids. One that this node has no key for is left out; the relay says so in its log.
    func all() async throws -> [WebhookEndpoint] {
        let seal = SecretSeal(try registration.keys.keys())
        return try await registry.snapshot(of: [.webhookEndpoint]).records(of: .webhookEndpoint)
            .filter { $0.workspace == workspace }
            .compactMap { try? WebhookEndpoint($0, openedBy: seal) }
    }

    /// - Throws: 404.
    func endpoint(_ id: String) async throws -> WebhookEndpoint {
        let state = try await registry.snapshot(of: [.webhookEndpoint])
        return try WebhookEndpoint(try record(id, in: state), openedBy: SecretSeal(try registration.keys.keys()))
    }

    /// - Throws: ``InvalidWebhook``.
    func add(_ endpoint: WebhookEndpoint) async throws {
        let registration = registration
        try endpoint.check(allowHTTP: registration.allowHTTP, allowedNetworks: registration.allowedNetworks)
        // The queue comes first: once the entry is there, relays publish to it.
        try await EndpointQueue(of: endpoint.id, in: registration.topology).declare(registration.broker, session)
        try await registry.change(Self.kinds) { state in
            [try endpoint.record(sealedBy: SecretSeal(try registration.keys.sealingKeys(for: state)))]
        }
    }

    /// - Throws: 404, ``InvalidWebhook``.
    func change(_ id: String, _ change: @escaping @Sendable (inout WebhookEndpoint) throws -> Void) async throws -> WebhookEndpoint {
        let registration = registration
        let state = try await registry.change(Self.kinds) { state in
            let seal = SecretSeal(try registration.keys.sealingKeys(for: state))
            var endpoint = try WebhookEndpoint(try record(id, in: state), openedBy: seal)
            try change(&endpoint)
            try endpoint.check(allowHTTP: registration.allowHTTP, allowedNetworks: registration.allowedNetworks)
            return [try endpoint.record(sealedBy: seal)]
        }
        return try WebhookEndpoint(try record(id, in: state), openedBy: SecretSeal(try registration.keys.keys()))
    }

    /// Removes the endpoint, and its queue with what waits in it.
    /// - Throws: 404.
    func remove(_ id: String) async throws {
        try await registry.change(Self.kinds) { state in
            var removal = try record(id, in: state)
            removal.value = nil
            removal.time = .now()
            guard var health = state.record(.webhookHealth, id) else { return [removal] }
            health.value = nil
            health.time = .now()
            return [removal, health]
        }
        _ = try await EndpointQueue(of: id, in: registration.topology).delete(session)
    }

    /// Deliveries that wait for the endpoint.
    func waiting(_ id: String) async throws -> Int {
        try await EndpointQueue(of: id, in: registration.topology).count(session)
    }

    private func record(_ id: String, in state: RegistryState) throws(Problem) -> RegistryRecord {
        guard let record = state.record(.webhookEndpoint, id), record.workspace == workspace else {
            throw .notFound("Webhook \(id.prefix(64))")
        }
        return record
    }
}
