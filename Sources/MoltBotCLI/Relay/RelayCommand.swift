import ArgumentParser
import CurlHTTP
import MoltBotConfig

/// `moltbot relay`: delivers events to webhooks until it is told to stop.
struct RelayCommand: MoltBotCommand {
    static let configuration = CommandConfiguration(
        commandName: "relay", abstract: "Deliver events to webhook endpoints and to the callbacks of tasks.",
        discussion: """
            Endpoints are those of `moltbot webhooks`. Several relays share the work.
            SIGTERM or Ctrl-C takes no more events and finishes the running requests
            within the grace period; what is left then stays in its queue.

            EXAMPLES
              moltbot relay
              moltbot relay --concurrency 2000 --apply-topology
            """)

    @OptionGroup(title: "Settings") var settingsOptions: SettingsOptions
    @OptionGroup(title: "Broker") var broker: BrokerOptions
    @OptionGroup(title: "Topology") var management: ManagementOptions

    @Option(help: ArgumentHelp("Requests at once, over all endpoints; default 500.", valueName: "n"))
    var concurrency: Int?

    @Option(help: ArgumentHelp("How long running requests may finish after SIGTERM; default 30s.", valueName: "seconds"))
    var gracePeriod: String?

    @Flag(help: "Declare what the broker lacks instead of refusing to start.")
    var applyTopology = false

    static var defaultLogLevel: LogSettings.Level { .info }

    var flags: [FlagValue] {
        broker.flags + management.flags
            + [
                FlagValue(.relayConcurrency, "--concurrency", concurrency.map { "\($0)" }),
                FlagValue(.relayGracePeriod, "--grace-period", gracePeriod),
                FlagValue(.brokerApplyTopology, "--apply-topology", applyTopology ? "true" : nil),
            ].compactMap(\.self)
    }

    func run(in context: CommandContext) async throws {
        let client = HTTPClient(logger: context.logger)
        do {
            try await serve(context, client)
        } catch {
            await client.shutdown()
            throw error
        }
        await client.shutdown()
    }

    private func serve(_ context: CommandContext, _ client: HTTPClient) async throws {
        let settings = context.settings
        let broker = try await context.reachableBroker()
        let preparation = try TopologyPreparation(
            settings: settings, broker: broker, appliesTopology: settings.broker.appliesTopology, client: client, logger: context.logger)
        try await preparation.run()
        let assembly = RelayAssembly(settings: settings, broker: broker, preparation: preparation, logger: context.logger)
        let ready = ReadyNotice(logger: context.logger, when: { await assembly.waitUntilTaking() }) {
            context.announce("Relay ready on \(broker.redacted): \(settings.relay.concurrency) requests at once.")
        }
        try await ServiceRun.untilSignal(assembly.services + [ready], limit: settings.relay.shutdownLimit, logger: context.logger)
    }
}

extension RelaySettings {
    /// The relay ends its grace period itself; this is for connections that do not close.
    var shutdownLimit: Duration { gracePeriod + .seconds(15) }
}
