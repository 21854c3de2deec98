internal import MoltBotCore

/// The way of one attempt from deployment to deployment, after its first call has failed.
struct FailoverRoute {
    private let needs: CallNeeds
    private let models: ModelDirectory
    private var failover: Failover
    private var current: PlannedCall
    private var tried: [PlannedCall]
    /// Why the attempt has failed, once there is no next call.
    private(set) var verdict: ModelError?

    init(request: TaskRequest, first: PlannedCall, models: ModelDirectory, configuration: ModelConfiguration) {
        needs = CallNeeds(request, default: configuration.strategy)
        failover = Failover(isEnabled: configuration.isFailoverEnabled, model: first.model, taskFallbacks: request.fallbacks)
        self.models = models
        current = first
        tried = [first]
    }

    /// The call to make next; nil when the attempt has failed.
    mutating func next(after error: ModelError, hasDelivered: Bool) -> PlannedCall? {
        var step = failover.failed(error, hasDelivered: hasDelivered, current.pool.alternatives(after: current, tried: tried))
        while true {
            let pool: ModelPool
            var model = current.model
            switch step {
            case .stop(let error):
                verdict = error
                return nil
            case .otherCredential, .otherDeployment: pool = current.pool
            case .model(let name):
                guard let found = try? models.pool(for: name) else {
                    let missing = ModelError(.notFound, message: "no provider serves the fallback \"\(name)\"")
                    step = failover.failed(missing, hasDelivered: false, .init(fallbacks: current.deployed.deployment.fallbacks))
                    continue
                }
                (pool, model) = found
            }
            if case .call(let call) = pool.begin(needs, model: model, tried: tried) {
                tried.append(call)
                current = call
                return call
            }
            // Taken or closed in the meantime, or closed all the time.
            step = failover.failed(error, hasDelivered: hasDelivered, .init(fallbacks: current.deployed.deployment.fallbacks))
        }
    }
}

extension CallNeeds {
    init(_ request: TaskRequest, default strategy: TaskRequest.Strategy) {
        self.init(strategy: request.strategy ?? strategy, expected: ExpectedTokens(input: 0, output: 0))
    }
}
