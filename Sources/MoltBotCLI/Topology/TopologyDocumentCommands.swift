import ArgumentParser
import MoltBotConfig
import MoltBotMessaging

struct TopologyExportCommand: MoltBotCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Print what the broker has of MoltBot's as a topology file.",
        discussion: "Needs the management API. Objects whose name does not start with moltbot. are left out.")

    @OptionGroup var options: TopologyOptions

    var settingsOptions: SettingsOptions { options.settings }
    var flags: [FlagValue] { options.broker.flags + options.management.flags }

    func run(in context: CommandContext) async throws {
        let broker = try await context.reachableBroker()
        let snapshot = try await context.withManagement(of: broker) { management in
            guard let management else {
                throw CommandFailure(
                    .configuration, "only the management API can list what a broker has, and no URL of it is known",
                    remedy: "Give --management-url http://user:password@host:15672, or set MOLTBOT_BROKER_MANAGEMENT_URL.")
            }
            return try await management.snapshot()
        }
        try context.console.print(document: try TopologyExport.yaml(snapshot.topology))
    }
}

struct TopologyAsyncAPICommand: MoltBotCommand {
    static let configuration = CommandConfiguration(
        commandName: "asyncapi", abstract: "Print the message contract of a topology file as an AsyncAPI 3 document.",
        discussion: "Needs no broker.")

    @OptionGroup(title: "Settings") var settingsOptions: SettingsOptions

    @Option(
        help: ArgumentHelp("The topology file; default topology/moltbot.yaml or the built-in one.", valueName: "file"), completion: .file())
    var topology: String?

    var flags: [FlagValue] { [FlagValue(.brokerTopology, "--topology", topology)].compactMap(\.self) }

    func run(in context: CommandContext) async throws {
        let file = try TopologyFile.find(context.settings.broker.topologyFile)
        try context.console.print(document: try AsyncAPIDocument.yaml(file.topology))
    }
}
