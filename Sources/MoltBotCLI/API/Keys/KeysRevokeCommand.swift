import ArgumentParser
import MoltBotAPI
import MoltBotConfig

/// `moltbot keys revoke`
struct KeysRevokeCommand: MoltBotCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "End access keys at once, on all nodes.",
        discussion: """
            EXAMPLE
              moltbot keys revoke mb_1a2b3c4d
            """)

    @Argument(help: "The keys as `moltbot keys list` shows them, or whole keys.")
    var ids: [String]

    @OptionGroup(title: "Broker") var broker: BrokerOptions
    @OptionGroup(title: "Settings") var settingsOptions: SettingsOptions

    var flags: [FlagValue] { broker.flags }

    func run(in context: CommandContext) async throws {
        let ids = ids.map(AccessKeys.id)
        let revoked = try await context.withBroker { try await AccessKeys($0).revoke(ids) }
        for key in revoked { context.console.note("\(key.prefix) (\(key.name)) opens nothing any more.") }
        let unknown = ids.filter { id in !revoked.contains { $0.id == id } }
        guard unknown.isEmpty else {
            // Not more than an id has: a mistyped key is nearly a secret.
            let names = unknown.map { "mb_\($0.prefix(8))" }.joined(separator: ", ")
            throw CommandFailure(.failed, "there is no key \(names)", remedy: "List the keys with `moltbot keys list`.")
        }
    }
}
