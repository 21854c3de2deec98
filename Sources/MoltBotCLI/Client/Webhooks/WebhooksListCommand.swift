import ArgumentParser
import MoltBotConfig
import MoltBotCore
import MoltBotMessaging

/// `moltbot webhooks list`
struct WebhooksListCommand: MoltBotCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the endpoints. Secrets and header values are not shown.")

    @Option(help: ArgumentHelp("Only those of this workspace.", valueName: "workspace"))
    var workspace: String?

    @Flag(help: "Print JSON, one object a line.")
    var json = false

    @OptionGroup(title: "Broker") var broker: BrokerOptions
    @OptionGroup(title: "Settings") var settingsOptions: SettingsOptions

    var flags: [FlagValue] { broker.flags }

    func run(in context: CommandContext) async throws {
        let settings = context.settings
        let found = try await context.withBroker { try await WebhookRegister($0, settings).all() }
        let endpoints = found.endpoints.filter { workspace == nil || $0.workspace.name == workspace }
        if json {
            for endpoint in endpoints { try WebhookReport(endpoint: endpoint).print(to: context.console, asJSON: true) }
        } else if endpoints.isEmpty {
            if found.unreadable.isEmpty { context.console.note("No webhook endpoints.") }
        } else {
            var table = TextTable("ID", "WORKSPACE", "STATE", "URL", "EVENTS")
            for endpoint in endpoints {
                table.add(
                    endpoint.id, endpoint.workspace.name, endpoint.isEnabled ? "enabled" : "disabled", endpoint.url,
                    endpoint.eventTypes.map(\.description).joined(separator: ","))
            }
            try context.console.print(table)
        }
        guard let first = found.unreadable.first else { return }
        for error in found.unreadable.dropFirst() { context.console.note(error.message) }
        throw first
    }
}
