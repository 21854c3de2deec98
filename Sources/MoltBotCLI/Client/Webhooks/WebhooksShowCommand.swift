import ArgumentParser
import MoltBotConfig
import MoltBotMessaging

/// `moltbot webhooks show`
struct WebhooksShowCommand: MoltBotCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show one endpoint, when deliveries to it are tried again, and how many wait.")

    @OptionGroup var options: EndpointOptions

    var settingsOptions: SettingsOptions { options.settings }
    var flags: [FlagValue] { options.broker.flags }

    func run(in context: CommandContext) async throws {
        let (id, settings) = (options.id, context.settings)
        let topology = try TopologyFile.find(settings.broker.topologyFile).topology
        let report = try await context.withBroker { session in
            let endpoint = try await WebhookRegister(session, settings).endpoint(id)
            return WebhookReport(endpoint: endpoint, waiting: try await EndpointQueue(of: id, in: topology).count(session))
        }
        try report.print(to: context.console, asJSON: options.json)
    }
}
