internal import MoltBotCore

/// How one worker finds one deployment, and what its calls there came to since it started.
package struct ModelCondition: Sendable, Equatable {
    package enum Health: String, Sendable, CaseIterable {
        case healthy
        /// It gets no calls for now.
        case out
        /// It was out; the next call finds out.
        case probing
    }

    /// Deployments in one answer.
    static let maximumCount = 10_000

    package var model: String
    package var deployment: String
    package var provider: String
    package var health: Health
    /// How long it stays out.
    package var remaining: Duration?
    package var reason: String?
    package var callsInFlight = 0
    package var calls = 0
    package var failures = 0
    /// Calls that came here because another deployment or key had failed.
    package var switches = 0
    package var inputTokens = 0
    package var outputTokens = 0
    /// US dollars, of the calls whose price is known.
    package var cost = 0.0
    /// Calls that were answered and whose price is not known.
    package var unpricedCalls = 0
    /// Calls by class of duration, as the worker's histogram has them.
    package var durations: [Int] = []

    package init(
        model: String, deployment: String, provider: String, health: Health, remaining: Duration? = nil, reason: String? = nil
    ) {
        self.model = model
        self.deployment = deployment
        self.provider = provider
        self.health = health
        self.remaining = remaining
        self.reason = reason
    }

    /// US dollars; nil when calls were answered and no price of any is known.
    package var knownCost: Double? { unpricedCalls > 0 && unpricedCalls >= calls - failures ? nil : cost }

    var document: JSONValue {
        [
            "model": .string(model), "deployment": .string(deployment), "provider": .string(provider), "health": .string(health.rawValue),
            "remaining_ms": remaining.map { .integer($0.wholeMilliseconds) } ?? .null, "reason": reason.map { .string($0) } ?? .null,
            "in_flight": Self.json(callsInFlight), "calls": Self.json(calls), "failures": Self.json(failures),
            "switches": Self.json(switches), "input_tokens": Self.json(inputTokens), "output_tokens": Self.json(outputTokens),
            "cost_usd": .number(cost), "unpriced_calls": Self.json(unpricedCalls), "durations": .array(durations.map(Self.json)),
        ]
    }

    /// Nil for what a later version says in another way.
    init?(_ document: JSONValue) {
        guard let model = document["model"]?.stringValue, let deployment = document["deployment"]?.stringValue,
            let health = document["health"]?.stringValue.flatMap({ Health(rawValue: $0) })
        else { return nil }
        self.init(
            model: model, deployment: deployment, provider: document["provider"]?.stringValue ?? "", health: health,
            remaining: document["remaining_ms"]?.integerValue.map { .milliseconds($0) }, reason: document["reason"]?.stringValue)
        callsInFlight = Self.count(document["in_flight"])
        calls = Self.count(document["calls"])
        failures = Self.count(document["failures"])
        switches = Self.count(document["switches"])
        inputTokens = Self.count(document["input_tokens"])
        outputTokens = Self.count(document["output_tokens"])
        cost = min(max(document["cost_usd"]?.doubleValue ?? 0, 0), TaskOutcome.highestCost)
        unpricedCalls = Self.count(document["unpriced_calls"])
        durations = (document["durations"]?.arrayValue ?? []).map { Self.count($0) }
    }

    private static func json(_ number: Int) -> JSONValue { .integer(Int64(number)) }

    private static func count(_ value: JSONValue?) -> Int { value?.countValue ?? 0 }
}
