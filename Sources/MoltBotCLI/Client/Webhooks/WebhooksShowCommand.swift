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
        let (report, backlog) = try await context.withBroker { session in
            let register = try WebhookRegister(session, settings)
            let endpoint = try await register.endpoint(id)
            let backlog = try await register.backlog(id)
            return (WebhookReport(endpoint: endpoint, waiting: backlog?.count ?? 0), backlog)
        }
        try report.print(to: context.console, asJSON: options.json)
        if let backlog { context.console.note(backlog.words(for: id)) }
    }
}
