import ArgumentParser
import CurlHTTP
import MoltBotConfig
import MoltBotCore
import MoltBotMessaging
import MoltBotWorker

/// `moltbot worker`: runs model calls from the task queues until it is told to stop.
struct WorkerCommand: MoltBotCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker", abstract: "Run tasks from the queues.",
        discussion: """
            SIGTERM or Ctrl-C takes no more tasks, gives back those that have not
            started, and finishes the running ones within the grace period; what is left
            then is delivered to another worker. A second Ctrl-C stops at once.

            EXAMPLES
              moltbot worker --concurrency 200
              moltbot worker --workspace acme --apply-topology
            """)

    @OptionGroup(title: "Settings") var settingsOptions: SettingsOptions
    @OptionGroup(title: "Broker") var broker: BrokerOptions
    @OptionGroup(title: "Topology") var management: ManagementOptions
    @OptionGroup(title: "Work") var work: WorkerOptions

    @Flag(help: "Declare what the broker lacks instead of refusing to start.")
    var applyTopology = false

    static var defaultLogLevel: LogSettings.Level { .info }

    var flags: [FlagValue] {
        broker.flags + management.flags + work.flags
            + [FlagValue(.brokerApplyTopology, "--apply-topology", applyTopology ? "true" : nil)].compactMap(\.self)
    }

    func run(in context: CommandContext) async throws {
        let settings = context.settings
        // What is wrong with the files that they name is said before the wait for a broker.
        _ = try ModelConfiguration(settings)
        let broker = try await context.reachableBroker()
        try ConsumerTimeoutRule(settings: settings, broker: broker).check()
        let client = HTTPClient(logger: context.logger)
        do {
            let preparation = try TopologyPreparation(
                settings: settings, broker: broker, appliesTopology: settings.broker.appliesTopology, client: client, logger: context.logger
            )
            try await preparation.run()
            let assembly = try WorkerAssembly(
                count: 1, settings: settings, broker: broker, preparation: preparation, client: client, logger: context.logger)
            let ready = ReadyNotice(
                logger: context.logger, when: { await assembly.waitUntilTaking() }, stopping: { assembly.announceStop(in: context) }
            ) {
                context.announce("Worker ready on \(broker.redacted): \(settings.worker.summary).")
            }
            try await ServiceRun.untilSignal(
                assembly.services + [ready], limit: settings.worker.shutdownLimit, logger: context.logger)
        } catch {
            await client.shutdown()
            throw error
        }
        await client.shutdown()
    }
}

extension WorkerSettings {
    /// Workers end their grace period themselves; this is for connections that do not close.
    var shutdownLimit: Duration { gracePeriod + .seconds(15) }

    /// `50 tasks at once, workspaces a, b`.
    var summary: String {
        let names = workspaces.map(\.name).joined(separator: ", ")
        return "\(concurrency) tasks at once, \(workspaces.count == 1 ? "workspace" : "workspaces") \(names)"
    }
}
