package import MoltBotCore

/// The webhook endpoints on a broker, for those who read and change them.
package struct WebhookRegister: Sendable {
    /// Where endpoints may be.
    package struct Rules: Sendable {
        package var allowsHTTP: Bool
        /// Private networks that webhooks may go to.
        package var allowedNetworks: [IPNetwork]

        package init(allowsHTTP: Bool = false, allowedNetworks: [IPNetwork] = []) {
            self.allowsHTTP = allowsHTTP
            self.allowedNetworks = allowedNetworks
        }
    }

    /// All: whether a key fits shows in the secrets of every kind.
    private static let kinds = Set(RegistryRecord.Kind.allCases)

    private let registry: Registry
    private let keys: MasterKeySource
    private let rules: Rules

    package init(_ session: BrokerSession, keys: MasterKeySource, rules: Rules) {
        registry = Registry(session)
        self.keys = keys
        self.rules = rules
    }

    /// The endpoints by their ids, and why others can't be read.
    package func all() async throws -> (endpoints: [WebhookEndpoint], unreadable: [RegistryError]) {
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

    package func endpoint(_ id: String) async throws -> WebhookEndpoint {
        let state = try await registry.snapshot(of: [.webhookEndpoint])
        return try WebhookEndpoint(try Self.record(id, in: state), openedBy: SecretSeal(try keys.keys()))
    }

    /// - Throws: ``InvalidWebhook`` when the endpoint can't be registered.
    package func check(_ endpoint: WebhookEndpoint) throws(InvalidWebhook) {
        try endpoint.check(allowHTTP: rules.allowsHTTP, allowedNetworks: rules.allowedNetworks)
    }

    /// - Throws: ``InvalidWebhook``, ``RegistryError``, ``AMQPError``.
    package func add(_ endpoint: WebhookEndpoint) async throws {
        try check(endpoint)
        let keys = keys
        try await registry.change(Self.kinds) { state in
            [try endpoint.record(sealedBy: SecretSeal(try keys.sealingKeys(for: state)))]
        }
    }

    /// Changes an endpoint and seals its secrets anew with the current master key.
    /// - Parameter forgetsFailures: whether the time for which it has failed starts from now.
    package func change(
        _ id: String, forgetsFailures: Bool = false, _ change: @escaping @Sendable (inout WebhookEndpoint) throws -> Void
    ) async throws -> WebhookEndpoint {
        let (keys, rules) = (keys, rules)
        let state = try await registry.change(Self.kinds) { state in
            let seal = SecretSeal(try keys.sealingKeys(for: state))
            var endpoint = try WebhookEndpoint(try Self.record(id, in: state), openedBy: seal)
            try change(&endpoint)
            try endpoint.check(allowHTTP: rules.allowsHTTP, allowedNetworks: rules.allowedNetworks)
            return [try endpoint.record(sealedBy: seal)] + (forgetsFailures ? Self.endOfFailures(of: id, in: state) : [])
        }
        return try WebhookEndpoint(try Self.record(id, in: state), openedBy: SecretSeal(try keys.keys()))
    }

    /// Needs no master key: an endpoint whose key is lost can be removed.
    /// - Parameter workspace: nil removes an endpoint of any workspace.
    package func remove(_ id: String, of workspace: Workspace? = nil) async throws {
        try await registry.change(Self.kinds) { state in
            var removal = try Self.record(id, in: state)
            // Others' endpoints are not even said to exist.
            if let workspace, removal.workspace != workspace { throw RegistryError(.unknownEntry, "no webhook endpoint \"\(id)\"") }
            removal.value = nil
            removal.time = .now()
            return [removal] + Self.endOfFailures(of: id, in: state)
        }
    }

    /// - Throws: ``RegistryError`` with code `unknownEntry` when there is no such endpoint.
    package func requireEndpoint(_ id: String) async throws {
        _ = try Self.record(id, in: try await registry.snapshot(of: [.webhookEndpoint]))
    }

    private static func record(_ id: String, in state: RegistryState) throws(RegistryError) -> RegistryRecord {
        guard let record = state.record(.webhookEndpoint, id) else {
            let nearest = Spelling.nearest(to: id, in: state.records(of: .webhookEndpoint).map(\.id))
            throw RegistryError(
                .unknownEntry, "no webhook endpoint \"\(id)\"" + (nearest.map { "; did you mean \"\($0)\"?" } ?? ""))
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
