import ArgumentParser
import MoltBotAPI
import MoltBotConfig
import MoltBotCore

/// `moltbot keys list`
struct KeysListCommand: MoltBotCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List access keys by the part of them that is no secret.")

    @Flag(help: "Print JSON, one object a line.")
    var json = false

    @OptionGroup(title: "Broker") var broker: BrokerOptions
    @OptionGroup(title: "Settings") var settingsOptions: SettingsOptions

    var flags: [FlagValue] { broker.flags }

    func run(in context: CommandContext) async throws {
        let keys = try await context.withBroker { try await AccessKeys($0).all() }
        if json {
            for key in keys { try context.console.print { $0.accessKey(key, nil) } }
        } else if keys.isEmpty {
            context.console.note("No access keys: the API is open to this machine, and to nobody else.")
        } else {
            var table = TextTable("KEY", "NAME", "WORKSPACE", "SCOPES", "CREATED", "REVOKED")
            for key in keys {
                table.add(
                    key.prefix + "...", key.name, key.workspace.name, key.scopes.map(\.rawValue).sorted().joined(separator: " "),
                    key.createdAt.rfc3339, key.revokedAt?.rfc3339 ?? "-")
            }
            try context.console.print(table)
        }
    }
}

extension JSONWriter {
    mutating func accessKey(_ key: AccessKey, _ secret: SecretString?) {
        beginObject()
        member("id", key.id)
        if let secret { member("key", secret.reveal()) }
        member("name", key.name)
        member("workspace", key.workspace.name)
        member("scopes", key.scopes.map(\.rawValue).sorted())
        member("created_at", key.createdAt)
        member("revoked_at", key.revokedAt)
        endObject()
    }
}
