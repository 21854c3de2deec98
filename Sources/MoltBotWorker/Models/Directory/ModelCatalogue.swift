internal import CurlHTTP
internal import MoltBotCore

/// The models there are, by name, at one moment.
struct ModelCatalogue: Sendable {
    static let echoName = "echo"

    let configuration: ModelConfiguration
    private(set) var shared: [String: ModelPool] = [:]
    /// Of workspaces that have deployments of their own.
    private var own: [Workspace: [String: ModelPool]] = [:]
    private(set) var catchAll: ModelPool?
    /// Of workspaces that have limits.
    private(set) var budgets: [Workspace: WorkspaceBudget] = [:]

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
        let all = deployments + new.ownDeployments.values.flatMap(\.self) + [new.catchAll].compactMap(\.self)
        for deployment in all where !names.insert(deployment.name).inserted {
            throw ModelError(.invalidRequest, message: "two deployments are called \"\(deployment.name)\": give each a name of its own")
        }
        let deployed = try factory.deployed(deployments)
        var deployedOwn: [Workspace: [String: [DeployedModel]]] = [:]
        for (workspace, deployments) in new.ownDeployments { deployedOwn[workspace] = try factory.deployed(deployments) }
        let catchAllModel = try new.catchAll.map { (deployment) throws(ModelError) in try factory.deployed(deployment, isCatchAll: true) }
        // Nothing below fails.
        var catalogue = ModelCatalogue(configuration: new)
        for (model, deployed) in deployed {
            catalogue.shared[model] = Self.pool(shared[model], model, deployed, new)
        }
        for (workspace, models) in deployedOwn {
            for (model, deployed) in models {
                catalogue.own[workspace, default: [:]][model] = Self.pool(own[workspace]?[model], model, deployed, new)
            }
        }
        if let catchAllModel { catalogue.catchAll = Self.pool(catchAll, catchAllModel.deployment.model, [catchAllModel], new) }
        catalogue.takeOver(budgets)
        return catalogue
    }

    /// The calls of a budget that stays go on in it, also when its limits have changed: see ``ModelDirectory/update(_:)``.
    private mutating func takeOver(_ known: [Workspace: WorkspaceBudget]) {
        for (workspace, limits) in configuration.workspaceLimits where !limits.isUnlimited {
            budgets[workspace] = known[workspace] ?? WorkspaceBudget(limits, of: workspace, share: .whole)
        }
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

    /// The workspace's own deployments of a model, else those that all share, else whoever takes every name.
    func pool(for model: String, of workspace: Workspace) -> ModelPool? {
        if !own.isEmpty, let pool = own[workspace]?[model] { return pool }
        return shared[model] ?? catchAll
    }

    var allPools: [ModelPool] { Array(shared.values) + own.values.flatMap(\.values) + [catchAll].compactMap(\.self) }
}
