import ArgumentParser
import MoltBotConfig
import MoltBotCore
import MoltBotMessaging

/// `moltbot models show`
struct ModelsShowCommand: MoltBotCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show one deployment, without its keys.")

    @OptionGroup var options: DeploymentNameOptions

    var settingsOptions: SettingsOptions { options.settings }
    var flags: [FlagValue] { options.broker.flags }

    func run(in context: CommandContext) async throws {
        let (name, settings) = (options.name, context.settings)
        let report = try await context.withBroker { session in
            let register = ModelRegister(session, settings)
            if let entry = try await register.entry(name) { return DeploymentReport(entry) }
            guard let deployment = settings.models.deployments.first(where: { $0.name == name }) else {
                throw register.missing(name, known: try await register.all().entries.map(\.deployment.name))
            }
            return DeploymentReport(deployment, from: .file)
        }
        try report.print(to: context.console, asJSON: options.json)
    }
}
