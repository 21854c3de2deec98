internal import Metrics
internal import ModelProviders
internal import MoltBotCore

/// The instruments of one deployment. Labels are bounded: those beyond the first deployments share theirs, the kinds of errors are few.
struct DeploymentMetrics: Sendable {
    private let succeeded: Counter
    private let failed: [ModelError.Kind: Counter]
    private let switches: Counter
    private let cost: FloatingPointCounter
    private let unpriced: Counter

    init(
        deployment: String, model: String, known: MetricLabels = .deployments, factory: any MetricsFactory = MetricsSystem.factory
    ) {
        // The same name with another model is another series.
        let isKnown = known.admits(deployment + " " + model)
        let labels = [("deployment", isKnown ? deployment : MetricLabels.other), ("model", isKnown ? model : MetricLabels.other)]
        succeeded = Counter(label: "moltbot.deployment.calls", dimensions: labels + [("outcome", "ok")], factory: factory)
        failed = Dictionary(
            uniqueKeysWithValues: ModelError.Kind.allCases.map { kind in
                (kind, Counter(label: "moltbot.deployment.calls", dimensions: labels + [("outcome", kind.rawValue)], factory: factory))
            })
        switches = Counter(label: "moltbot.deployment.switches", dimensions: labels, factory: factory)
        cost = FloatingPointCounter(label: "moltbot.deployment.cost.usd", dimensions: labels, factory: factory)
        unpriced = Counter(label: "moltbot.deployment.calls.unpriced", dimensions: labels, factory: factory)
    }

    func ended(_ end: CallEnd, isSwitch: Bool, cost: Double?) {
        if isSwitch { switches.increment() }
        if let error = end.error { return failed[error.kind]?.increment() ?? () }
        succeeded.increment()
        if let cost { self.cost.increment(by: cost) } else { unpriced.increment() }
    }
}
