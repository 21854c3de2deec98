internal import Metrics
internal import MoltBotCore

/// The instruments of one deployment. Labels are bounded: deployments are configured, the kinds of errors are few.
struct DeploymentMetrics: Sendable {
    private let succeeded: Counter
    private let failed: [ModelError.Kind: Counter]
    private let switches: Counter
    private let cost: FloatingPointCounter
    private let unpriced: Counter

    init(deployment: String, model: String) {
        let labels = [("deployment", deployment), ("model", model)]
        succeeded = Counter(label: "moltbot.deployment.calls", dimensions: labels + [("outcome", "ok")])
        failed = Dictionary(
            uniqueKeysWithValues: ModelError.Kind.allCases.map { kind in
                (kind, Counter(label: "moltbot.deployment.calls", dimensions: labels + [("outcome", kind.rawValue)]))
            })
        switches = Counter(label: "moltbot.deployment.switches", dimensions: labels)
        cost = FloatingPointCounter(label: "moltbot.deployment.cost.usd", dimensions: labels)
        unpriced = Counter(label: "moltbot.deployment.calls.unpriced", dimensions: labels)
    }

    func ended(_ end: CallEnd, isSwitch: Bool, cost: Double?) {
        if isSwitch { switches.increment() }
        if let error = end.error { return failed[error.kind]?.increment() ?? () }
        succeeded.increment()
        if let cost { self.cost.increment(by: cost) } else { unpriced.increment() }
    }
}
