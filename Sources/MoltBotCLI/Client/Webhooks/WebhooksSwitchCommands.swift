import ArgumentParser
import MoltBotConfig
import MoltBotCore
import MoltBotMessaging

/// `moltbot webhooks enable`
struct WebhooksEnableCommand: MoltBotCommand {
    static let configuration = CommandConfiguration(
        commandName: "enable", abstract: "Deliver to an endpoint again, first what has waited for it.")

    @OptionGroup var options: EndpointOptions

    var settingsOptions: SettingsOptions { options.settings }
    var flags: [FlagValue] { options.broker.flags }

    func run(in context: CommandContext) async throws {
        let (id, settings) = (options.id, context.settings)
        let changed = try await context.withBroker { session in
            // Or the five days after which it is disabled would be over already.
            try await WebhookRegister(session, settings).change(id, forgetsFailures: true) { $0.disabledReason = nil }
        }
        try WebhookReport(endpoint: changed).print(to: context.console, asJSON: options.json)
    }
}

/// `moltbot webhooks disable`
struct WebhooksDisableCommand: MoltBotCommand {
    static let configuration = CommandConfiguration(
        commandName: "disable", abstract: "Deliver nothing to an endpoint; its deliveries wait in its queue.")

    @OptionGroup var options: EndpointOptions

    @Option(help: ArgumentHelp("Why, for those who find it disabled.", valueName: "text"))
    var reason = "by hand"

    var settingsOptions: SettingsOptions { options.settings }
    var flags: [FlagValue] { options.broker.flags }

    func validate() throws {
        if reason.isEmpty { throw ValidationError("--reason needs a text") }
    }

    func run(in context: CommandContext) async throws {
        let (id, reason, settings) = (options.id, reason, context.settings)
        let changed = try await context.withBroker { session in
            try await WebhookRegister(session, settings).change(id) { $0.disabledReason = reason }
        }
        try WebhookReport(endpoint: changed).print(to: context.console, asJSON: options.json)
    }
}
