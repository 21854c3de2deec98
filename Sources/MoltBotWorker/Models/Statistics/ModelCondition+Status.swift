internal import MoltBotCore
internal import MoltBotMessaging

extension ModelCondition {
    init(_ status: ModelStatus) {
        let (health, remaining, reason): (Health, Duration?, String?) =
            switch status.health {
            case .well: (.healthy, nil, nil)
            case .out(let time, let reason): (.out, time, reason)
            case .toBeProbed: (.probing, nil, nil)
            }
        self.init(
            model: status.model, deployment: status.deployment, provider: status.provider, health: health, remaining: remaining,
            reason: reason)
        let statistics = status.statistics
        callsInFlight = status.callsInFlight
        calls = statistics.calls
        failures = statistics.failures
        switches = statistics.switches
        inputTokens = statistics.inputTokens
        outputTokens = statistics.outputTokens
        cost = statistics.cost
        unpricedCalls = statistics.unpricedCalls
        durations = statistics.latency.counts
    }
}
