import ArgumentParser
import MoltBotConfig
import MoltBotCore
import MoltBotMessaging

/// `moltbot models remove`
struct ModelsRemoveCommand: MoltBotCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Forget a deployment. Calls that are on their way to it end as they would have.")

    @OptionGroup var options: DeploymentNameOptions

    var settingsOptions: SettingsOptions { options.settings }
    var flags: [FlagValue] { options.broker.flags }

    func run(in context: CommandContext) async throws {
        let (name, settings) = (options.name, context.settings)
        try await context.withBroker { try await ModelRegister($0, settings).remove(name) }
        guard options.json else { return try context.console.print("\(name)\tremoved") }
        try context.console.print { writer in
            writer.beginObject()
            writer.member("name", name)
            writer.member("removed", true)
            writer.endObject()
        }
    }
}
