internal import MoltBotCore

/// What the calls of one deployment came to, since the process began.
package struct DeploymentStatistics: Sendable, Equatable {
    package private(set) var calls = 0
    package private(set) var failures = 0
    /// Calls that came here because another deployment or key had failed.
    package private(set) var switches = 0
    package private(set) var inputTokens = 0
    package private(set) var outputTokens = 0
    /// US dollars, of the calls whose price is known.
    package private(set) var cost = 0.0
    /// Calls that were answered and whose price is not known.
    package private(set) var unpricedCalls = 0
    /// Of calls that succeeded.
    package private(set) var latency = LatencyHistogram()

    package init() {}

    /// 0 to 1; nil before the first call.
    package var successRate: Double? { calls > 0 ? Double(calls - failures) / Double(calls) : nil }

    mutating func ended(_ end: CallEnd, isSwitch: Bool, cost: Double?) {
        calls += 1
        if isSwitch { switches += 1 }
        guard end.error == nil else {
            failures += 1
            return
        }
        latency.record(end.duration)
        inputTokens += end.usage?.inputTokens ?? 0
        outputTokens += end.usage?.outputTokens ?? 0
        if let cost { self.cost += cost } else { unpricedCalls += 1 }
    }
}
