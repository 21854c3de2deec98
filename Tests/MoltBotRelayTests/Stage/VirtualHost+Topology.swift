import AMQP
import Logging
import MoltBotMessaging
import TestSupport

extension VirtualHost {
    /// Declares what MoltBot needs, as `moltbot topology apply` does.
    /// - Returns: how to connect, and what is there now.
    func prepare(_ logger: Logger) async throws -> (AMQPConfiguration, Topology) {
        let configuration = try AMQPConfiguration(urls: url)
        let topology = try TopologyFile(path: BuildProducts.repository + "/topology/moltbot.yaml").topology
        let plan = try await TopologyPlan.make(topology: topology, configuration: configuration, management: nil, logger: logger)
        _ = try await plan.apply(configuration: configuration, management: nil, logger: logger)
        return (configuration, topology)
    }
}
