import ArgumentParser
import MoltBotConfig
import MoltBotCore

/// `moltbot config`: which settings there are, and which are in force.
struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Show the settings in force, or an example file.",
        discussion: """
            EXAMPLES
              moltbot config list                            what is in force, and why
              moltbot config example > config/gateway.yaml   a file to start from
            """,
        subcommands: [ConfigListCommand.self, ConfigExampleCommand.self])
}

struct ConfigListCommand: MoltBotCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Print every setting, its value and where that came from; secrets are masked.")

    @OptionGroup(title: "Settings") var settingsOptions: SettingsOptions

    @Flag(help: "Print one JSON object a line, with variable, default and meaning.")
    var json = false

    var flags: [FlagValue] { [] }

    func run(in context: CommandContext) async throws {
        if json {
            for key in SettingKey.all { try print(key, in: context) }
            return
        }
        var table = TextTable("SETTING", "VALUE", "FROM")
        for key in SettingKey.all {
            let value = context.settings.text(of: key)
            table.add(key.name, value ?? "-", value == nil ? "" : context.settings.place(of: key))
        }
        try context.console.print(table)
        context.console.note(
            context.settings.file.map { "Settings file: \($0)" } ?? "No settings file; \(Settings.defaultFile) does not exist here.")
    }

    private func print(_ key: SettingKey, in context: CommandContext) throws {
        let value = context.settings.text(of: key)
        try context.console.print { json in
            json.beginObject()
            json.member("key", key.name)
            json.member("value", value)
            json.member("source", value == nil ? nil : context.settings.place(of: key))
            json.member("variable", key.variable)
            json.member("default", key.defaultText)
            json.member("meaning", key.meaning)
            json.endObject()
        }
    }
}

struct ConfigExampleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "example", abstract: "Print a settings file with every key, its meaning and its default.")

    func run() async throws {
        do {
            try Console().print(document: SettingsExample.yaml)
        } catch {
            throw ExitCode.success
        }
    }
}
