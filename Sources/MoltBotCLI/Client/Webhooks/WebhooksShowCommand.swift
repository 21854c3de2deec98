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
        let report = try await context.withBroker { session in
            let register = try WebhookRegister(session, settings)
            return WebhookReport(endpoint: try await register.endpoint(id), waiting: try await register.waiting(id))
        }
        try report.print(to: context.console, asJSON: options.json)
    }
}
