import ArgumentParser
import Foundation
import MoltBotConfig
import MoltBotCore

/// `moltbot demo`
struct DemoCommand: MoltBotCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "See that nothing is lost: 500 tasks and their webhooks, a worker killed and the broker restarted on the way.",
        discussion: """
            Starts a private broker in a temporary folder, two workers, a webhook relay and an API node, gives them the prompts, kills one worker
            with SIGKILL half-way, restarts the broker once, and counts the results. Each finished task is also delivered to a webhook
            receiver on this machine, which first fails, then hangs, then works. At the end the API is asked over REST what became of the
            tasks. Takes about half a minute; everything it started is
            gone afterwards. Exits with 1 unless each task has exactly one result, and each completed one has reached the receiver with
            a valid signature.

            The built-in model `echo` answers. With OPENAI_API_KEY or OPENAI_BASE_URL set that API does, with the model of
            OPENAI_MODEL or gpt-4o-mini; the 500 short calls then cost a few cents. --log-level info shows what the workers log.
            """)

    @Option(help: ArgumentHelp("The tasks, one JSON object a line.", valueName: "path"), completion: .file())
    var prompts = "examples/prompts.jsonl"

    @OptionGroup(title: "Settings") var settingsOptions: SettingsOptions

    var flags: [FlagValue] { [] }
    /// Connections break on purpose here.
    static var defaultLogLevel: LogSettings.Level { .critical }

    func run(in context: CommandContext) async throws {
        let model = DemoModel(environment: ProcessInfo.processInfo.environment)
        let batch = try batch(model)
        let began = ContinuousClock.now
        context.console.note("\(batch.count) tasks for model \(model.name); starting a broker ...")
        let summary = try await Interruption.run {
            try await DemoStage.run(context) { stage in
                try await DemoRun(stage: stage, prompts: batch, model: model, context: context).perform()
            }
        }
        try context.console.print(summary.table)
        context.console.note("Done in \(began.duration(to: .now).components.seconds) s; the broker and all services are gone.")
        guard summary.isExact else {
            throw CommandFailure(
                .failed,
                "\(summary.lost) tasks have no result, \(summary.duplicates) results came twice, and of \(summary.submitted) tasks the API shows "
                    + "\(summary.endedByLedger) as ended")
        }
        guard summary.webhooks.isComplete else {
            throw CommandFailure(
                .failed, "\(summary.webhooks.lost) webhooks were not delivered, and \(summary.webhooks.badSignatures) had a bad signature")
        }
    }

    private func batch(_ model: DemoModel) throws -> TaskBatch {
        let file: TaskFile
        do {
            file = try TaskFile(path: prompts)
        } catch {
            throw CommandFailure(
                .usage, error.message,
                remedy: "Run this in the repository, or name a file of tasks with --prompts.")
        }
        let defaults = TaskDefaults(model: model.name, parameters: model.parameters)
        let check = TaskFileCheck(file, defaults)
        guard check.badLines.isEmpty, check.goodLines > 0 else {
            throw CommandFailure(.usage, (["\(prompts) is no file of tasks"] + check.problems).joined(separator: "\n"))
        }
        return .file(file, defaults, check)
    }
}
