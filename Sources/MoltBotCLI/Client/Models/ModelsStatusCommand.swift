import ArgumentParser
import MoltBotConfig
import MoltBotCore
import MoltBotMessaging
import MoltBotWorker

/// `moltbot models status`
struct ModelsStatusCommand: MoltBotCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show how the workers find their deployments, and what their calls came to.",
        discussion: """
            Calls nothing: it asks all workers what they know. A deployment is healthy, out
            (for a while, with the reason), or probing (it was out; the next call finds out).
            Calls, tokens and cost are those since each worker started; so is what the workers' caches did, in the last line. The
            cost is unknown when no price is, and has a + when that of some calls is missing.

            EXAMPLE
              moltbot models status --check || echo "a model is down"
            """)

    /// Workers answer at once; this is for one that is busy or far away.
    private static let patience = Duration.milliseconds(1500)
    /// A worker that has just started hears questions a moment after it takes tasks.
    private static let questions = 4

    @Flag(help: "Print nothing when all is well; exit with 1 when a worker has no healthy deployment of a model.")
    var check = false

    @Flag(help: "Print JSON, one object a line.")
    var json = false

    @OptionGroup(title: "Broker") var broker: BrokerOptions
    @OptionGroup(title: "Settings") var settingsOptions: SettingsOptions

    var flags: [FlagValue] { broker.flags }

    func run(in context: CommandContext) async throws {
        let answers = try await context.withBroker { try await Self.ask($0) }
        guard !answers.isEmpty else {
            throw CommandFailure(
                .failed, "no worker answered within \(Self.patience * Self.questions)",
                remedy: "Start one with `moltbot worker` or `moltbot up`.")
        }
        let models = answers.compactMap(\.models)
        let unhealthy = ModelStanding.unhealthyModels(models)
        if !check || !unhealthy.isEmpty {
            try print(ModelStanding.all(models), context.console)
            try print(answers.compactMap(\.cache).reduce(CacheStatistics(), +), context.console)
        }
        guard check, !unhealthy.isEmpty else { return }
        throw CommandFailure(.failed, "no healthy deployment of \(unhealthy.joined(separator: ", "))")
    }

    private static func ask(_ session: BrokerSession) async throws -> [ControlAnswer] {
        let line = ControlLine(session)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await line.run() }
            defer { group.cancelAll() }
            for _ in 0..<questions {
                let answers = try await line.ask(.modelStatus, within: patience).filter { $0.models != nil }
                if !answers.isEmpty { return answers }
            }
            return []
        }
    }

    private func print(_ standings: [ModelStanding], _ console: Console) throws {
        guard !json else { return try standings.forEach { try printJSON($0, console) } }
        var table = TextTable("MODEL", "DEPLOYMENT", "HEALTH", "WORKERS", "CALLS", "FAILED", "P50", "P99", "COST", "REASON")
        for standing in standings {
            let condition = standing.condition
            table.add(
                condition.model, condition.deployment, condition.health.rawValue, "\(standing.healthyWorkers)/\(standing.workers)",
                "\(condition.calls)", "\(condition.failures)", Self.text(standing.latency.percentile(0.5)),
                Self.text(standing.latency.percentile(0.99)), Self.cost(condition), condition.reason ?? "-")
        }
        try console.print(table)
    }

    private static func text(_ duration: Duration?) -> String { duration.map { "\($0.wholeMilliseconds) ms" } ?? "-" }

    private static func cost(_ condition: ModelCondition) -> String {
        condition.knownCost.map { "$\($0)\(condition.unpricedCalls > 0 ? "+" : "")" } ?? "unknown"
    }

    private func print(_ cache: CacheStatistics, _ console: Console) throws {
        guard json else {
            return try console.print(
                "cache: \(cache.hits) hits, \(cache.shared) shared, \(cache.misses) misses, \(cache.answers) answers in \(cache.bytes) bytes, "
                    + "\(cache.evictions) evicted")
        }
        try console.print { writer in
            writer.beginObject()
            writer.name("cache")
            cache.write(to: &writer)
            writer.endObject()
        }
    }

    private func printJSON(_ standing: ModelStanding, _ console: Console) throws {
        let condition = standing.condition
        try console.print { writer in
            writer.beginObject()
            writer.member("model", condition.model)
            writer.member("deployment", condition.deployment)
            writer.member("provider", condition.provider)
            writer.member("health", condition.health.rawValue)
            writer.member("healthy_workers", standing.healthyWorkers)
            writer.member("workers", standing.workers)
            writer.member("out_for_ms", condition.remaining.map { Int(clamping: $0.wholeMilliseconds) })
            writer.member("reason", condition.reason)
            writer.member("in_flight", condition.callsInFlight)
            writer.member("calls", condition.calls)
            writer.member("failures", condition.failures)
            writer.member("switches", condition.switches)
            writer.member("input_tokens", condition.inputTokens)
            writer.member("output_tokens", condition.outputTokens)
            writer.member("cost_usd", condition.knownCost)
            writer.member("unpriced_calls", condition.unpricedCalls)
            for (name, part) in Self.percentiles {
                writer.name(name)
                writer.value(standing.latency.percentile(part).map { .integer($0.wholeMilliseconds) } ?? .null)
            }
            writer.endObject()
        }
    }

    private static let percentiles: [(StaticString, Double)] = [("p50_ms", 0.5), ("p95_ms", 0.95), ("p99_ms", 0.99)]
}
