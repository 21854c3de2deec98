package import MoltBotCore
internal import Synchronization

/// The webhook endpoints on a broker with their queues, for those who read and change them.
///
/// All of them, or those of one workspace: then the others do not exist here.
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

    private let session: BrokerSession
    private var registry: Registry
    private let keys: MasterKeySource
    private let rules: Rules
    private let topology: Topology
    private var workspace: Workspace?

    /// - Parameters:
    ///   - keys: seal the secrets.
    ///   - topology: says what an endpoint's queue is like.
    package init(_ session: BrokerSession, keys: MasterKeySource, rules: Rules, topology: Topology) {
        self.session = session
        registry = Registry(session)
        self.keys = keys
        self.rules = rules
        self.topology = topology
    }

    /// The endpoints of one workspace.
    package func of(_ workspace: Workspace) -> WebhookRegister {
        var register = self
        register.workspace = workspace
        return register
    }

    /// The same endpoints, where a process has the registry at hand anyway.
    /// - Parameter view: of webhook endpoints, at least.
    package func reading(_ view: RegistryView) -> WebhookRegister {
        var register = self
        register.registry = Registry(session, view: view)
        return register
    }

    /// The endpoints by their ids, and why others can't be read.
    package func all() async throws -> (endpoints: [WebhookEndpoint], unreadable: [RegistryError]) {
        let seal = SecretSeal(try keys.keys())
        var found: (endpoints: [WebhookEndpoint], unreadable: [RegistryError]) = ([], [])
        for record in try await registry.snapshot(of: [.webhookEndpoint]).records(of: .webhookEndpoint) where isVisible(record) {
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
        return try WebhookEndpoint(try record(id, in: state), openedBy: SecretSeal(try keys.keys()))
    }

    /// - Throws: ``InvalidWebhook`` when the endpoint can't be registered.
    package func check(_ endpoint: WebhookEndpoint) throws(InvalidWebhook) {
        try endpoint.check(allowHTTP: rules.allowsHTTP, allowedNetworks: rules.allowedNetworks)
    }

    /// Adds an endpoint, unless there is one with its id already: an id that follows from a request makes the request safe to repeat.
    /// - Returns: the one that was there before, as it is now; nil when this one was added.
    /// - Throws: ``InvalidWebhook``, ``RegistryError``, ``TopologyError``, ``AMQPError``.
    @discardableResult package func add(_ endpoint: WebhookEndpoint) async throws -> WebhookEndpoint? {
        try check(endpoint)
        // The queue comes first: once the entry is there, relays publish to it.
        try await EndpointQueue(of: endpoint.id, isOrdered: endpoint.ordering == .fifo, in: topology).declare(session)
        let keys = keys
        let known = Mutex<WebhookEndpoint?>(nil)
        try await registry.change(Self.kinds) { state in
            let seal = SecretSeal(try keys.sealingKeys(for: state))
            let present = try state.record(.webhookEndpoint, endpoint.id).map { try WebhookEndpoint($0, openedBy: seal) }
            known.withLock { $0 = present }
            return present == nil ? [try endpoint.record(sealedBy: seal)] : []
        }
        return known.withLock(\.self)
    }

    /// Changes an endpoint and seals its secrets anew with the current master key. For one that the change enables, the time for which
    /// it has failed starts from now: or its next failed attempt would disable it again.
    /// - Parameter forgetsFailures: so it does for one that was enabled before.
    /// - Throws: ``InvalidWebhook``, also for another ordering; ``RegistryError``, ``AMQPError``.
    package func change(
        _ id: String, forgetsFailures: Bool = false, _ change: @escaping @Sendable (inout WebhookEndpoint) throws -> Void
    ) async throws -> WebhookEndpoint {
        let (keys, rules) = (keys, rules)
        // Another try may find enabled what this one has enabled.
        let isEnabledAnew = Mutex(false)
        let state = try await registry.change(Self.kinds) { state in
            let seal = SecretSeal(try keys.sealingKeys(for: state))
            var endpoint = try WebhookEndpoint(try record(id, in: state), openedBy: seal)
            let (ordering, wasEnabled) = (endpoint.ordering, endpoint.isEnabled)
            try change(&endpoint)
            guard endpoint.ordering == ordering else {
                throw InvalidWebhook(
                    "ordering",
                    "can't change, because the endpoint's queue was declared for \(ordering.rawValue): "
                        + "add a new endpoint with ordering \(endpoint.ordering.rawValue), then remove this one")
            }
            try endpoint.check(allowHTTP: rules.allowsHTTP, allowedNetworks: rules.allowedNetworks)
            if endpoint.isEnabled, !wasEnabled { isEnabledAnew.withLock { $0 = true } }
            let forgets = forgetsFailures || isEnabledAnew.withLock(\.self)
            return (forgets ? Self.endOfFailures(of: id, in: state) : []) + [try endpoint.record(sealedBy: seal)]
        }
        return try WebhookEndpoint(try record(id, in: state), openedBy: SecretSeal(try keys.keys()))
    }

    /// Removes the endpoint, and its queue with what waits in it. Needs no master key: an endpoint whose key is lost can be removed.
    /// - Returns: how many deliveries waited.
    @discardableResult package func remove(_ id: String) async throws -> Int {
        // The entry goes first: no relay publishes to the queue or consumes it afterwards.
        try await registry.change(Self.kinds) { state in
            var removal = try record(id, in: state)
            removal.value = nil
            removal.time = .now()
            return [removal] + Self.endOfFailures(of: id, in: state)
        }
        return try await EndpointQueue(of: id, in: topology).delete(session)
    }

    /// Deliveries that wait for an endpoint.
    package func waiting(_ id: String) async throws -> Int {
        try await EndpointQueue(of: id, in: topology).count(session)
    }

    /// Deliveries that wait for an endpoint, and why; needs no master key. Nil when none wait.
    /// - Throws: ``RegistryError`` with code `unknownEntry` when there is no such endpoint; ``AMQPError``.
    package func backlog(_ id: String) async throws -> WebhookBacklog? {
        let record = try record(id, in: try await registry.snapshot(of: [.webhookEndpoint]))
        let queue = try EndpointQueue(of: id, in: topology)
        let count = try await queue.count(session)
        guard count > 0 else { return nil }
        if let reason = WebhookEndpoint.disabledReason(in: record) { return WebhookBacklog(count: count, cause: .disabled(reason: reason)) }
        if try await EndpointQueue.hasConsumer(DeliveryQueue.endpoint(id).name, session) {
            return WebhookBacklog(count: count, cause: .behindOthers)
        }
        let isRelayed = try await EndpointQueue.hasConsumer(BrokerNames.Queue.relay, session)
        return WebhookBacklog(count: count, cause: isRelayed ? .heldBack : .noRelay)
    }

    /// - Throws: ``RegistryError`` with code `unknownEntry` when there is no such endpoint.
    package func requireEndpoint(_ id: String) async throws {
        _ = try record(id, in: try await registry.snapshot(of: [.webhookEndpoint]))
    }

    private func isVisible(_ record: RegistryRecord) -> Bool { workspace == nil || record.workspace == workspace }

    private func record(_ id: String, in state: RegistryState) throws(RegistryError) -> RegistryRecord {
        guard let record = state.record(.webhookEndpoint, id), isVisible(record) else {
            let known = state.records(of: .webhookEndpoint).filter(isVisible).map(\.id)
            let nearest = Spelling.nearest(to: id, in: known)
            throw RegistryError(
                .unknownEntry, "no webhook endpoint \"\(id.prefix(64))\"" + (nearest.map { "; did you mean \"\($0)\"?" } ?? ""))
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
