import MoltBotCore
import MoltBotMessaging
import MoltBotWorker

/// How one deployment stands, by the word of all workers that answered.
struct ModelStanding {
    /// The one of the worker that finds it worst.
    private(set) var condition: ModelCondition
    private(set) var workers = 1
    private(set) var healthyWorkers: Int
    private(set) var latency = LatencyHistogram()

    private init(_ first: ModelCondition) {
        condition = first
        healthyWorkers = first.health == .healthy ? 1 : 0
        latency.add(first.durations)
    }

    /// By model and deployment.
    static func all(_ answers: [[ModelCondition]]) -> [ModelStanding] {
        var standings: [String: ModelStanding] = [:]
        for condition in answers.joined() {
            // The same name may be another model's at a worker with other settings.
            let key = condition.model + " " + condition.deployment
            if standings[key]?.add(condition) == nil { standings[key] = ModelStanding(condition) }
        }
        return standings.values.sorted { ($0.condition.model, $0.condition.deployment) < ($1.condition.model, $1.condition.deployment) }
    }

    /// The models that some worker has no healthy deployment of: tasks that come to it fail, or wait.
    static func unhealthyModels(_ answers: [[ModelCondition]]) -> [String] {
        var unhealthy: Set<String> = []
        for conditions in answers {
            let healthy = Set(conditions.lazy.filter { $0.health == .healthy }.map(\.model))
            unhealthy.formUnion(Set(conditions.map(\.model)).subtracting(healthy))
        }
        return unhealthy.sorted()
    }

    private mutating func add(_ other: ModelCondition) {
        var sum = other.health.badness > condition.health.badness ? other : condition
        sum.callsInFlight = condition.callsInFlight + other.callsInFlight
        sum.calls = condition.calls + other.calls
        sum.failures = condition.failures + other.failures
        sum.switches = condition.switches + other.switches
        sum.inputTokens = condition.inputTokens + other.inputTokens
        sum.outputTokens = condition.outputTokens + other.outputTokens
        sum.cost = condition.cost + other.cost
        sum.unpricedCalls = condition.unpricedCalls + other.unpricedCalls
        condition = sum
        workers += 1
        if other.health == .healthy { healthyWorkers += 1 }
        latency.add(other.durations)
    }
}

extension ModelCondition.Health {
    fileprivate var badness: Int {
        switch self {
        case .healthy: 0
        case .probing: 1
        case .out: 2
        }
    }
}
