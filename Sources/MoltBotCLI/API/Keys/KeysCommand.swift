import ArgumentParser
import MoltBotAPI

/// `moltbot keys`
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "Hand out access keys for the API, and take them back.",
        discussion: """
            Without keys the API listens on this machine only, and lets in everybody there.
            From the first key on every request needs one. A key sees its own workspace only.
            """,
        subcommands: [KeysCreateCommand.self, KeysListCommand.self, KeysRevokeCommand.self])
}

extension Scope: ExpressibleByArgument {}
