package import AMQP
package import Logging

extension TopologyPlan {
    /// Compares `topology` with the broker. Nothing is changed.
    ///
    /// With the management API everything is compared. Over AMQP alone, bindings, policies and surplus objects are not visible;
    /// the plan has them as `unknown`.
    /// - Throws: ``TopologyError`` when the broker can't be reached or does not let this user look.
    package static func make(
        topology: Topology, configuration: AMQPConfiguration, management: ManagementAPI?, logger: Logger
    ) async throws(TopologyError) -> TopologyPlan {
        if let management {
            let comparison = TopologyComparison(
                topology: topology, snapshot: try await management.snapshot(), virtualHost: management.virtualHost,
                managementURL: management.baseURL)
            let down = try await downStreams(of: topology, configuration, logger)
            let items = comparison.items().map { item in down.first { $0.object == item.object } ?? item }
            return TopologyPlan(topology: topology, virtualHost: management.virtualHost, items: items)
        }
        let virtualHost = configuration.virtualHost
        let items = try await withBroker(configuration, logger) { connection in
            try await BrokerInspection(topology: topology, virtualHost: virtualHost).items(on: connection)
        }
        return TopologyPlan(topology: topology, virtualHost: virtualHost, items: items + invisibleItems(topology, visible: items))
    }

    /// The management API shows a stream that is down like any other.
    private static func downStreams(
        of topology: Topology, _ configuration: AMQPConfiguration, _ logger: Logger
    ) async throws(TopologyError) -> [Item] {
        let streams = Topology(queues: topology.queues.filter { $0.type == .stream })
        guard !streams.queues.isEmpty else { return [] }
        let items = try await withBroker(configuration, logger) { connection in
            try await BrokerInspection(topology: streams, virtualHost: configuration.virtualHost).items(on: connection)
        }
        return items.filter(\.status.isDown)
    }

    /// The names that a service prints when it can't start: quick, and fails like ``make(topology:configuration:management:logger:)``.
    ///
    /// - Throws: ``TopologyError`` of code `mismatch` when something is missing or differs. Policies are the operator's, and are
    ///   not looked at.
    package static func verify(
        topology: Topology, configuration: AMQPConfiguration, logger: Logger
    ) async throws(TopologyError) {
        let plan = try await make(topology: topology, configuration: configuration, management: nil, logger: logger)
        let obstacles = plan.obstacles
        guard !obstacles.isEmpty else { return }
        if plan.isOnlyDown { throw TopologyError(.mismatch, obstacles, isRetriable: true) }
        let remedy = "Run `moltbot topology apply`, or start with --apply-topology"
        throw TopologyError(.mismatch, obstacles + [remedy])
    }

    /// What AMQP can't show: nothing can be bound to or from an object that does not exist, so such bindings are known to be missing.
    private static func invisibleItems(_ topology: Topology, visible: [Item]) -> [Item] {
        let missing = Set(visible.filter { $0.status == .create }.map(\.object))
        let reason = "no management URL is configured"
        let bindings = topology.bindings.map { binding in
            let destination: TopologyObject =
                switch binding.destination {
                case .queue(let name): .queue(name)
                case .exchange(let name): .exchange(name)
                }
            let isMissing = missing.contains(destination) || missing.contains(.exchange(binding.source))
            return Item(object: .binding(binding), status: isMissing ? .create : .unknown(reason))
        }
        return bindings + topology.policies.map { Item(object: .policy($0.name), status: .unknown(reason)) }
    }

    static func withBroker<Result>(
        _ configuration: AMQPConfiguration, _ logger: Logger, _ body: (AMQPConnection) async throws -> Result
    ) async throws(TopologyError) -> Result {
        do {
            return try await AMQPConnection.withConnection(configuration: configuration, logger: logger, body)
        } catch let error as TopologyError {
            throw error
        } catch let error as AMQPError {
            let isRefusal = error.code == .authenticationRefused || error.code == .virtualHostRefused
            throw TopologyError(isRefusal ? .accessRefused : .brokerFailed, error.message, cause: error, isRetriable: error.isRetriable)
        } catch {
            throw TopologyError(.brokerFailed, "\(error)", cause: error)
        }
    }
}

extension AMQPConfiguration {
    /// All endpoints of a configuration are one cluster and share the virtual host and the user.
    var virtualHost: String { endpoints.first?.virtualHost ?? "/" }

    var user: String {
        guard case .plain(let user, _)? = endpoints.first?.credentials else { return "of the client certificate" }
        return user
    }
}
