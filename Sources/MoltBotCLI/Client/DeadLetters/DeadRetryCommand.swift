import ArgumentParser
import MoltBotConfig
import MoltBotCore
import MoltBotMessaging

/// `moltbot dead retry`
struct DeadRetryCommand: MoltBotCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Publish dead letters again where they were meant to go, as if they were new.",
        discussion: """
            EXAMPLES
              moltbot dead retry 0197f3a2-6a5e-7c3a-8d52-1f0e9b7c4d11
              moltbot dead retry --all --source unroutable
            """)

    @Argument(help: "Ids that `moltbot dead list` shows.")
    var ids: [String] = []

    @Flag(help: "Retry all that are there.")
    var all = false

    @OptionGroup var source: DeadLetterSourceOptions

    @Flag(help: "Print JSON, one object a line.")
    var json = false

    @OptionGroup(title: "Broker") var broker: BrokerOptions
    @OptionGroup(title: "Settings") var settingsOptions: SettingsOptions

    var flags: [FlagValue] { broker.flags }

    func validate() throws {
        guard ids.isEmpty == all else { throw ValidationError("Give ids, or --all.") }
    }

    func run(in context: CommandContext) async throws {
        let (sources, wanted) = (source.sources, all ? nil : Set(ids))
        // A worker may refuse it again before this command ends, or after that: what it will say is told here.
        let limit = context.settings.worker.maximumTaskBytes
        let report = try await context.withBroker { session in
            var total = DeadLetterQueue.RetryReport()
            for source in sources { total += try await DeadLetterQueue(session).retry(wanted, in: source, maximumTaskBytes: limit) }
            return total
        }
        for id in report.retried { try print(id, "retried", nil, context.console) }
        for refusal in report.refused { try print(refusal.id, "refused", refusal.reason, context.console) }
        if report.returned > 0 {
            throw CommandFailure(
                .failed, "\(report.returned) came straight back: no queue takes them, or a worker has refused them again",
                remedy:
                    "`moltbot dead list` says why. What the broker lacks shows `moltbot topology plan`; a task that is not valid is its "
                    + "sender's to mend.")
        }
        guard report.refused.isEmpty else { throw CommandFailure(.failed, "\(report.refused.count) stay dead letters") }
        let seen = Set(report.retried)
        if let missing = wanted?.subtracting(seen).sorted().first { throw CommandFailure(noDeadLetter: missing) }
        if report.retried.isEmpty { context.console.note("No dead letters.") }
    }

    private func print(_ id: String, _ verdict: String, _ reason: String?, _ console: Console) throws {
        guard json else { return try console.print("\(id)\t\(verdict)" + (reason.map { ": \($0)" } ?? "")) }
        try console.print { writer in
            writer.beginObject()
            writer.member("id", id)
            writer.member("verdict", verdict)
            writer.member("reason", reason)
            writer.endObject()
        }
    }
}
