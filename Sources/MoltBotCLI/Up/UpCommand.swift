import ArgumentParser
import MoltBotConfig

/// `moltbot up`: everything in one command.
struct UpCommand: MoltBotCommand {
    static let configuration = CommandConfiguration(
        commandName: "up", abstract: "Start everything in one command: a broker where none is named, its topology, a worker and the API.",
        discussion: """
            Without a broker URL it runs the private broker of the state folder, and stops
            it at the end if it started it. Ctrl-C or SIGTERM ends it: running tasks are
            finished, the rest waits in the queues for the next start. A second Ctrl-C
            stops at once.

            EXAMPLES
              moltbot up
              OPENAI_API_KEY=... moltbot up --concurrency 100
              moltbot up --state-dir /tmp/second --api-port 8001     a second MoltBot beside the first
            """)

    @OptionGroup(title: "Settings") var settingsOptions: SettingsOptions
    @OptionGroup(title: "Broker") var broker: BrokerOptions
    @OptionGroup(title: "Topology") var management: ManagementOptions
    @OptionGroup(title: "Work") var work: WorkerOptions
    @OptionGroup(title: "API") var api: APIOptions

    @Option(help: ArgumentHelp("Workers in this process, each with its own connections.", valueName: "n"))
    var workers = 1

    static var defaultLogLevel: LogSettings.Level { .info }

    var flags: [FlagValue] { broker.flags + management.flags + work.flags + api.flags }

    func validate() throws {
        guard (1...64).contains(workers) else { throw ValidationError("--workers is a number from 1 to 64, not \(workers).") }
    }

    func run(in context: CommandContext) async throws {
        // Signals are handled from the first moment, so that a broker that is just starting is not left behind.
        try await ServiceRun.untilSignal([UpService(context: context, workers: workers)], limit: nil, logger: context.logger)
    }
}
