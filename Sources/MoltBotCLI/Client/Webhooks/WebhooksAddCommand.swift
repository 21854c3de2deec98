import ArgumentParser
import MoltBotConfig
import MoltBotCore
import MoltBotMessaging

/// `moltbot webhooks add`
struct WebhooksAddCommand: MoltBotCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Register an endpoint, and print its id and its signing secret.",
        discussion: """
            The secret is shown this once. Addresses of private networks are refused
            unless relay.allowed_networks names them.

            EXAMPLES
              moltbot webhooks add https://example.org/hook
              moltbot webhooks add https://example.org/hook --events 'task.*' --workspace acme
              moltbot webhooks add https://example.org/hook --secret-file - < secret.txt
            """)

    @Argument(help: "Where events are sent: an https URL.")
    var url: String

    @Option(
        help: ArgumentHelp("Whose events; default 'default'.", valueName: "workspace"),
        transform: ArgumentSyntax.workspace)
    var workspace: Workspace?

    @OptionGroup var options: WebhookOptions
    @OptionGroup var secretOptions: SecretOptions

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup(title: "Broker") var broker: BrokerOptions
    @OptionGroup(title: "Settings") var settingsOptions: SettingsOptions

    var flags: [FlagValue] { broker.flags }

    func run(in context: CommandContext) async throws {
        let given = try secretOptions.given()
        let secret = given ?? .generate(secretOptions.ed25519 ? .ed25519 : .hmac)
        let endpoint = try endpoint(with: secret, context.settings.relay)
        let settings = context.settings
        try await context.withBroker { _ = try await WebhookRegister($0, settings).add(endpoint) }
        let report = WebhookReport(endpoint: endpoint, newSecret: given == nil ? secret : nil)
        try report.printOnce(to: context.console, asJSON: json, unheard: "Remove it with `moltbot webhooks remove \(endpoint.id)`.")
    }

    private func endpoint(with secret: WebhookSecret, _ relay: RelaySettings) throws -> WebhookEndpoint {
        if let header = options.headers.first(where: { $0.value == nil }) {
            throw CommandFailure(.usage, "--header \(header.name) has no value", remedy: "Write it as 'Name: value'.")
        }
        var endpoint = WebhookEndpoint(
            id: WebhookEndpoint.makeID(), workspace: workspace ?? .default, url: url,
            eventTypes: TaskEventType.terminal.compactMap { EventPattern($0.rawValue) }, secrets: [secret], createdAt: .now())
        options.apply(to: &endpoint)
        try endpoint.check(allowHTTP: relay.allowsHTTP, allowedNetworks: relay.allowedNetworks)
        return endpoint
    }
}
