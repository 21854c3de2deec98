import ArgumentParser
import MoltBotConfig
import MoltBotCore
import MoltBotMessaging

/// `moltbot webhooks rotate-secret`
struct WebhooksRotateSecretCommand: MoltBotCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate-secret",
        abstract: "Give an endpoint a new signing secret, and print it.",
        discussion: """
            Requests are signed with both secrets until the overlap ends, so receivers
            have that long to take over the new one.

            EXAMPLES
              moltbot webhooks rotate-secret ep-k3v7xq2m5nd4a
              moltbot webhooks rotate-secret ep-k3v7xq2m5nd4a --overlap 0   a leaked one
            """)

    @OptionGroup var endpoint: EndpointOptions

    @Option(
        help: ArgumentHelp("How long the old secret signs as well, 0 to 7d.", valueName: "duration"),
        transform: WebhookOptionSyntax.duration)
    var overlap = Duration.seconds(86_400)

    @OptionGroup var secretOptions: SecretOptions

    var settingsOptions: SettingsOptions { endpoint.settings }
    var flags: [FlagValue] { endpoint.broker.flags }

    func validate() throws {
        guard overlap <= WebhookEndpoint.maximumOverlap else { throw ValidationError("--overlap is 0 to 7d, not \(overlap.settingText)") }
    }

    func run(in context: CommandContext) async throws {
        let (id, overlap, settings) = (endpoint.id, overlap, context.settings)
        let (given, isKeyWanted) = (try secretOptions.given(), secretOptions.ed25519)
        let changed = try await context.withBroker { session in
            try await WebhookRegister(session, settings).change(id) { endpoint in
                let kind = isKeyWanted ? .ed25519 : endpoint.secrets.first?.kind ?? .hmac
                endpoint.rotateSecret(to: given ?? .generate(kind), overlap: overlap, at: .now())
            }
        }
        let report = WebhookReport(endpoint: changed, newSecret: given == nil ? changed.secrets.first : nil)
        try report.printOnce(to: context.console, asJSON: endpoint.json, unheard: "Rotate it again.")
    }
}
