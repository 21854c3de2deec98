import ArgumentParser
import MoltBotAPI
import MoltBotConfig
import MoltBotCore

/// `moltbot keys create`
struct KeysCreateCommand: MoltBotCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Make an access key and print it, this once: only its hash is stored.",
        discussion: """
            EXAMPLES
              moltbot keys create --name ci --scope submit --scope read
              export MOLTBOT_API_KEY=$(moltbot keys create --name laptop --scope admin)
            """)

    private static let longestName = 100

    @Option(help: ArgumentHelp("What to call it in lists.", valueName: "name"))
    var name = "key"

    @Option(
        help: ArgumentHelp("The workspace that it opens; default: default.", valueName: "name"),
        transform: ArgumentSyntax.workspace)
    var workspace = Workspace.default

    @Option(
        name: .customLong("scope"),
        help: ArgumentHelp(
            "What it may be used for: submit (send and cancel tasks), read (see them), admin (both, webhooks and models too); may be repeated. "
                + "Default: submit and read.", valueName: "scope"))
    var scopes: [Scope] = []

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup(title: "Broker") var broker: BrokerOptions
    @OptionGroup(title: "Settings") var settingsOptions: SettingsOptions

    var flags: [FlagValue] { broker.flags }

    func validate() throws {
        guard (1...Self.longestName).contains(name.utf8.count) else {
            throw ValidationError("--name is a text of 1 to \(Self.longestName) bytes")
        }
    }

    func run(in context: CommandContext) async throws {
        let (name, workspace) = (name, workspace)
        let scopes: Set<Scope> = scopes.isEmpty ? [.submit, .read] : Set(scopes)
        let made = try await context.withBroker { session in
            try await AccessKeys(session).create(name: name, workspace: workspace, scopes: scopes)
        }
        do {
            guard json else {
                try context.console.print(made.key.reveal())
                return context.console.note("Keep it now: it can't be shown again. `moltbot keys revoke \(made.stored.prefix)` ends it.")
            }
            try context.console.print { $0.accessKey(made.stored, made.key) }
        } catch {
            throw CommandFailure(
                .outputFailed, "the key was made, and standard output can't be written: \(error.reason)",
                remedy: "Nobody knows it. End it with `moltbot keys revoke \(made.stored.prefix)`.")
        }
    }
}
