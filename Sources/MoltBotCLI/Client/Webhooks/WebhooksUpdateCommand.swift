import ArgumentParser
import MoltBotConfig
import MoltBotCore
import MoltBotMessaging

/// `moltbot webhooks update`
struct WebhooksUpdateCommand: MoltBotCommand {
    static let configuration = CommandConfiguration(
        commandName: "update",
        abstract: "Change an endpoint; what is not named stays as it is.",
        discussion: """
            Without options it only seals the endpoint's secrets anew, with the current
            master key.

            EXAMPLES
              moltbot webhooks update ep-k3v7xq2m5nd4a --url https://example.org/new
              moltbot webhooks update ep-k3v7xq2m5nd4a --header 'X-Token:'   removes it
              moltbot webhooks update ep-k3v7xq2m5nd4a --no-rate-limit
            """)

    @OptionGroup var endpoint: EndpointOptions

    @Option(help: ArgumentHelp("Where events are sent from now on.", valueName: "url"))
    var url: String?

    @Flag(help: "Lift the rate limit.")
    var noRateLimit = false

    @OptionGroup var options: WebhookOptions

    var settingsOptions: SettingsOptions { endpoint.settings }
    var flags: [FlagValue] { endpoint.broker.flags }

    func validate() throws {
        if noRateLimit, options.rateLimit != nil { throw ValidationError("give --rate-limit or --no-rate-limit, not both") }
    }

    func run(in context: CommandContext) async throws {
        let (id, settings) = (endpoint.id, context.settings)
        let (url, options, liftsRateLimit) = (url, options, noRateLimit)
        let changed = try await context.withBroker { session in
            try await WebhookRegister(session, settings).change(id) { endpoint in
                if let url { endpoint.url = url }
                if liftsRateLimit { endpoint.rateLimit = nil }
                options.apply(to: &endpoint)
            }
        }
        try WebhookReport(endpoint: changed).print(to: context.console, asJSON: endpoint.json)
    }
}
