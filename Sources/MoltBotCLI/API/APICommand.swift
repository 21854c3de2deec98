import ArgumentParser
import CurlHTTP
import MoltBotConfig
import MoltBotMessaging

/// `moltbot api`: serves the REST API until it is told to stop.
struct APICommand: MoltBotCommand {
    static let configuration = CommandConfiguration(
        commandName: "api", abstract: "Serve the REST API and keep the ledger of all tasks.",
        discussion: """
            Any number of nodes may run on one broker; each keeps its own ledger file, which
            is built from the ledger stream and may be deleted at any time.

            EXAMPLES
              moltbot api --api-port 8080
              moltbot keys create --scope admin && moltbot api --api-host 0.0.0.0
            """)

    /// For requests that run when it is told to stop.
    private static let shutdownLimit = Duration.seconds(30)

    @OptionGroup(title: "Settings") var settingsOptions: SettingsOptions
    @OptionGroup(title: "Broker") var broker: BrokerOptions
    @OptionGroup(title: "Topology") var management: ManagementOptions
    @OptionGroup(title: "API") var api: APIOptions

    @Flag(help: "Declare what the broker lacks instead of refusing to start.")
    var applyTopology = false

    static var defaultLogLevel: LogSettings.Level { .info }

    var flags: [FlagValue] {
        broker.flags + management.flags + api.flags
            + [FlagValue(.brokerApplyTopology, "--apply-topology", applyTopology ? "true" : nil)].compactMap(\.self)
    }

    func run(in context: CommandContext) async throws {
        let settings = context.settings
        let broker = try await context.reachableBroker()
        let client = HTTPClient(logger: context.logger)
        do {
            let preparation = try TopologyPreparation(
                settings: settings, broker: broker, appliesTopology: settings.broker.appliesTopology, client: client, logger: context.logger
            )
            try await preparation.run()
            let assembly = try await APIAssembly(
                settings: settings, broker: broker, topology: preparation.topology, client: client, logger: context.logger)
            let ready = ReadyNotice(session: assembly.session, logger: context.logger) {
                let place = "at \(try await assembly.address()), on the broker \(broker.redacted)"
                if await !assembly.hasCaughtUp() {
                    context.announce("API listening \(place). It is still reading what happened before its start.")
                    try await assembly.waitUntilCaughtUp()
                }
                context.announce("API ready \(place).")
            }
            try await ServiceRun.untilSignal(assembly.services + [ready], limit: Self.shutdownLimit, logger: context.logger)
        } catch {
            await client.shutdown()
            throw error
        }
        await client.shutdown()
    }
}
