import ArgumentParser
import MoltBotConfig
import MoltBotCore
import MoltBotMessaging

/// `moltbot models enable`
struct ModelsEnableCommand: MoltBotCommand {
    static let configuration = CommandConfiguration(commandName: "enable", abstract: "Give a deployment calls again.")

    @OptionGroup var options: DeploymentNameOptions

    var settingsOptions: SettingsOptions { options.settings }
    var flags: [FlagValue] { options.broker.flags }

    func run(in context: CommandContext) async throws { try await options.setEnabled(true, in: context) }
}

/// `moltbot models disable`
struct ModelsDisableCommand: MoltBotCommand {
    static let configuration = CommandConfiguration(
        commandName: "disable", abstract: "Give a deployment no more calls. Those on their way end as they would have.")

    @OptionGroup var options: DeploymentNameOptions

    var settingsOptions: SettingsOptions { options.settings }
    var flags: [FlagValue] { options.broker.flags }

    func run(in context: CommandContext) async throws { try await options.setEnabled(false, in: context) }
}

extension DeploymentNameOptions {
    fileprivate func setEnabled(_ isEnabled: Bool, in context: CommandContext) async throws {
        let (name, settings) = (name, context.settings)
        let changed = try await context.withBroker {
            try await ModelRegister($0, settings).change(name, "enabled", to: .bool(isEnabled))
        }
        try DeploymentReport(changed).print(to: context.console, asJSON: json)
    }
}
