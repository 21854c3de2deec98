internal import MoltBotCore

/// The way of one attempt from deployment to deployment, after its first call has failed.
struct FailoverRoute {
    private var needs: CallNeeds
    private let models: ModelDirectory
    private let workspace: Workspace
    private var failover: Failover
    private var current: PlannedCall
    /// Of the present model.
    private var tried: [TriedCall] = []
    private var hasRenewedKey = false
    /// Why the attempt has failed, once there is no next call.
    private(set) var verdict: ModelError?

    init(
        request: TaskRequest, of workspace: Workspace, first: PlannedCall, models: ModelDirectory, configuration: ModelConfiguration
    ) {
        self.workspace = workspace
        needs = CallNeeds(request, lane: first.lane, default: configuration.strategy)
        failover = Failover(isEnabled: configuration.isFailoverEnabled, model: first.model, taskFallbacks: request.fallbacks)
        self.models = models
        current = first
    }

    /// The call to make next; nil when the attempt has failed.
    /// - Parameter isKeyRenewed: the key's token was refused and is replaced: the same key once more.
    mutating func next(after error: ModelError, hasDelivered: Bool, isKeyRenewed: Bool) -> PlannedCall? {
        let isOnceMore = isKeyRenewed && !hasRenewedKey
        hasRenewedKey = hasRenewedKey || isKeyRenewed
        // The same deployment, so not a matter of failover.
        if isOnceMore, !hasDelivered, let call = call(.otherCredential) {
            current = call
            return call
        }
        if !isOnceMore {
            tried.append(TriedCall(place: current.place, key: error.kind.reach.contains(.credential) ? current.key : nil))
        }
        var step = failover.failed(error, hasDelivered: hasDelivered, current.pool.alternatives(after: current, tried: tried))
        while true {
            if case .stop(let error) = step {
                verdict = error
                return nil
            }
            if let call = call(step) {
                current = call
                return call
            }
            // Taken or closed in the meantime, or nobody serves it.
            step = failover.failed(error, hasDelivered: hasDelivered, .init(fallbacks: current.deployed.deployment.fallbacks))
        }
    }

    private mutating func call(_ step: Failover.Step) -> PlannedCall? {
        let choice: DeploymentPool.Choice
        switch step {
        case .stop: return nil
        case .otherCredential: choice = current.pool.begin(needs, model: current.model, tried: tried, place: current.place)
        case .otherDeployment:
            tried.append(TriedCall(place: current.place, key: nil))
            choice = current.pool.begin(needs, model: current.model, tried: tried)
        case .model(let name):
            guard let (pool, model, _) = try? models.pool(for: name, of: workspace) else { return nil }
            tried = []
            needs.isFallback = true
            choice = pool.begin(needs, model: model)
        }
        guard case .call(var call) = choice else { return nil }
        models.budget(of: workspace)?.charge(&call, needs)
        return call
    }
}
