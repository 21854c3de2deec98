internal import CurlHTTP
internal import MoltBotCore

/// The models there are, by name, at one moment.
struct ModelCatalogue: Sendable {
    private static let echoName = "echo"

    let configuration: ModelConfiguration
    private(set) var pools: [String: ModelPool] = [:]
    private(set) var catchAll: ModelPool?

    init() {
        configuration = ModelConfiguration()
    }

    /// What the configuration says, with the pools that there are already: tasks in flight stay with theirs, and what is known of a
    /// deployment that stays is kept.
    /// - Throws: ``ModelError`` of kind `invalidRequest`, with nothing changed, when a deployment's address is none or two share a name.
    func updated(to new: ModelConfiguration, client: HTTPClient) throws(ModelError) -> ModelCatalogue {
        let factory = DeploymentFactory(new, client)
        var deployments = new.deployments
        if !deployments.contains(where: { $0.model == Self.echoName }) {
            deployments.append(Deployment(name: Self.echoName, provider: .echo))
        }
        var names: Set<String> = []
        for deployment in deployments + [new.catchAll].compactMap(\.self) where !names.insert(deployment.name).inserted {
            throw ModelError(.invalidRequest, message: "two deployments are called \"\(deployment.name)\": give each a name of its own")
        }
        var deployed: [String: [DeployedModel]] = [:]
        for deployment in deployments { deployed[deployment.model, default: []].append(try factory.deployed(deployment)) }
        let catchAllModel = try new.catchAll.map { (deployment) throws(ModelError) in try factory.deployed(deployment, isCatchAll: true) }
        // Nothing below fails.
        var catalogue = ModelCatalogue(configuration: new)
        for (model, deployed) in deployed {
            catalogue.pools[model] = Self.pool(pools[model], model, deployed, new)
        }
        if let catchAllModel { catalogue.catchAll = Self.pool(catchAll, catchAllModel.deployment.model, [catchAllModel], new) }
        return catalogue
    }

    private init(configuration: ModelConfiguration) {
        self.configuration = configuration
    }

    private static func pool(
        _ known: ModelPool?, _ model: String, _ deployed: [DeployedModel], _ configuration: ModelConfiguration
    ) -> ModelPool {
        if let known {
            known.update(deployed, zone: configuration.zone)
            return known
        }
        return ModelPool(model: model, DeploymentPool(deployed, zone: configuration.zone, policy: configuration.health))
    }

    var allPools: [ModelPool] { Array(pools.values) + [catchAll].compactMap(\.self) }
}
