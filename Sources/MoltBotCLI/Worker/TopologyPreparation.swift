import AMQP
import CurlHTTP
import Logging
import MoltBotConfig
import MoltBotCore
import MoltBotMessaging
import ServiceLifecycle

/// Makes sure of everything a worker needs on the broker: before it starts, on each new connection, and when a queue is gone.
struct TopologyPreparation: Sendable {
    let topology: Topology
    private let broker: BrokerAddress
    private let management: ManagementAPI?
    private let appliesTopology: Bool
    private let logger: Logger

    /// - Parameter appliesTopology: whether what is missing is declared; else it is an error.
    init(settings: Settings, broker: BrokerAddress, appliesTopology: Bool, client: HTTPClient, logger: Logger) throws {
        topology = try TopologyFile.find(settings.broker.topologyFile).topology.including(settings.worker.workspaces)
        self.broker = broker
        self.appliesTopology = appliesTopology
        self.logger = logger
        management =
            if appliesTopology, let url = broker.managementURL, let endpoint = broker.configuration.endpoints.first {
                try ManagementAPI(url: url, of: endpoint, client: client)
            } else {
                nil
            }
    }

    /// - Throws: ``TopologyError`` with a line for each thing that is missing or differs.
    func run() async throws(TopologyError) {
        let end = ContinuousClock.now + Self.patience
        while true {
            do throws(TopologyError) {
                return try await appliesTopology ? apply() : verify()
            } catch {
                let isCancelled = Task.isCancelled || Task.isShuttingDownGracefully
                guard error.code == .mismatch, error.isRetriable, ContinuousClock.now < end, !isCancelled else { throw error }
                logger.info("The broker's streams are not up yet; asking again")
                try? await Task.sleep(for: Self.pause)
            }
        }
    }

    /// A broker that has just started answers before its streams are up (RabbitMQ 3.10.8).
    private static let patience = Duration.seconds(15)
    private static let pause = Duration.seconds(1)

    private func apply() async throws(TopologyError) {
        let plan = try await TopologyPlan.make(
            topology: topology, configuration: broker.configuration, management: management, logger: logger)
        let outcome = try await plan.apply(configuration: broker.configuration, management: management, logger: logger)
        guard !outcome.applied.isEmpty else { return }
        logger.info("Applied the topology", metadata: ["objects": "\(outcome.applied.count)"])
    }

    private func verify() async throws(TopologyError) {
        try await TopologyPlan.verify(topology: topology, configuration: broker.configuration, logger: logger)
    }
}

extension Topology {
    /// This topology with the queues of workspaces that its file does not list.
    fileprivate func including(_ workspaces: [Workspace]) throws(TopologyError) -> Topology {
        var topology = self
        for workspace in workspaces {
            let needed = try objects(for: "workspace", named: workspace.name)
            let names = Set(topology.queues.map(\.name))
            let bindings = Set(topology.bindings)
            topology.queues += needed.queues.filter { !names.contains($0.name) }
            topology.bindings += needed.bindings.filter { !bindings.contains($0) }
        }
        return topology
    }
}
