import ModelProviders
import MoltBotCore

@testable import MoltBotWorker

/// A pool of deployments of one model, a clock that stands still, and calls that end as a test says.
struct PoolFixture {
    var pool: DeploymentPool
    var now = ContinuousClock.now
    private let owner: ModelPool
    private var generator = SystemRandomNumberGenerator()

    init(
        _ names: [String], keys: [String] = [], limits: RateLimits = RateLimits(), keyLimits: RateLimits = RateLimits(),
        isCatchAll: Bool = false
    ) {
        let deployed = Self.deployed(names, keys: keys, limits: limits, keyLimits: keyLimits, isCatchAll: isCatchAll)
        pool = DeploymentPool(deployed, zone: nil, policy: Self.policy, at: now)
        owner = ModelPool(model: "gpt", pool)
    }

    private static func deployed(
        _ names: [String], keys: [String], limits: RateLimits, keyLimits: RateLimits = RateLimits(), isCatchAll: Bool = false
    ) -> [DeployedModel] {
        names.enumerated().map { index, name in
            DeployedModel(
                Deployment(name: name, model: "gpt", provider: .echo, weight: index == 0 ? 1 : 0, limits: limits), provider: EchoProvider(),
                keys: keys.map { DeploymentKey(name: $0, source: .fixed(.apiKey(SecretString($0))), limits: keyLimits) }, prices: nil,
                isCatchAll: isCatchAll)
        }
    }

    /// Other settings of the same deployments, while calls are on their way.
    mutating func change(
        _ names: [String], keys: [String] = [], limits: RateLimits = RateLimits(), keyLimits: RateLimits = RateLimits()
    ) {
        pool.update(Self.deployed(names, keys: keys, limits: limits, keyLimits: keyLimits), zone: nil, at: now)
    }

    private static var policy: HealthPolicy {
        var policy = HealthPolicy()
        policy.deployment.jitter = 0
        policy.key.jitter = 0
        return policy
    }

    mutating func begin(
        _ content: TaskRequest.Content = .prompt("Hello"), tried: [TriedCall] = [], lane: Lane = .normal, slot: TimeSlot? = nil,
        isFallback: Bool = false, patience: Duration? = nil
    ) -> DeploymentPool.Choice {
        var needs = CallNeeds(TaskRequest(content: content), lane: lane, default: .availability)
        needs.slot = slot
        needs.isFallback = isFallback
        needs.patience = patience
        return pool.begin(needs, pool: owner, model: "gpt", tried: tried, at: now, using: &generator)
    }

    /// The call that begins now; nil when there is none.
    mutating func call(tried: [TriedCall] = []) -> PlannedCall? {
        guard case .call(let call) = begin(tried: tried) else { return nil }
        return call
    }

    @discardableResult
    mutating func end(
        _ call: PlannedCall, _ kind: ModelError.Kind?, retryAfter: Duration? = nil, hints: RateLimitHints? = nil,
        lasted: Duration = .seconds(20)
    ) -> [HealthChange] {
        let error = kind.map { ModelError($0, message: "no", retryAfter: retryAfter) }
        return pool.ended(call, CallEnd(error: error, rateLimits: hints, duration: lasted), at: now, using: &generator)
    }

    /// Fails the first deployment until it is out.
    mutating func breakFirst() {
        for _ in 0..<5 { if let call = call() { end(call, .serverError) } }
    }

    mutating func heard(_ kind: HealthChange.Kind, _ deployment: String, key: String? = nil) {
        pool.heard(HealthChange(deployment: deployment, model: "gpt", key: key, kind: kind, error: nil), at: now)
    }
}
