import ArgumentParser
import MoltBotConfig
import MoltBotCore
import MoltBotMessaging

/// `moltbot models list`
struct ModelsListCommand: MoltBotCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the deployments of the registry and of this settings file. Keys are not shown.")

    @Flag(help: "Print JSON, one object a line.")
    var json = false

    @OptionGroup(title: "Broker") var broker: BrokerOptions
    @OptionGroup(title: "Settings") var settingsOptions: SettingsOptions

    var flags: [FlagValue] { broker.flags }

    func run(in context: CommandContext) async throws {
        let settings = context.settings
        let found = try await context.withBroker { try await ModelRegister($0, settings).all() }
        let inRegistry = found.entries.map(DeploymentReport.init)
        // An entry of the registry takes the place of one in the file.
        let names = Set(inRegistry.map(\.deployment.name))
        let inFile = settings.models.deployments.filter { !names.contains($0.name) }.map { DeploymentReport($0, from: .file) }
        let reports = (inRegistry + inFile).sorted { ($0.deployment.model, $0.deployment.name) < ($1.deployment.model, $1.deployment.name) }
        if json {
            for report in reports { try report.print(to: context.console, asJSON: true) }
        } else if reports.isEmpty {
            context.console.note("No deployments but the built-in \"echo\". Add one with `moltbot models add`.")
        } else {
            var table = TextTable("NAME", "MODEL", "PROVIDER", "STATE", "FROM", "WEIGHT", "ZONE")
            for report in reports {
                let deployment = report.deployment
                table.add(
                    deployment.name, deployment.model, deployment.provider.name, deployment.isEnabled ? "enabled" : "disabled",
                    report.source.rawValue, "\(deployment.weight)", deployment.zone ?? "-")
            }
            try context.console.print(table)
        }
        guard let first = found.unreadable.first else { return }
        for problem in found.unreadable.dropFirst() { context.console.note(problem) }
        throw CommandFailure(.configuration, first, remedy: "Replace it with `moltbot models add --replace`, or remove it.")
    }
}
