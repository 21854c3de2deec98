import ArgumentParser
import MoltBotConfig
import MoltBotCore
import MoltBotMessaging

struct TopologyApplyCommand: MoltBotCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply", abstract: "Create what the broker lacks and update policies.",
        discussion:
            "Deletes nothing; a second run changes nothing. When something is there with other arguments, nothing is changed at all.")

    @OptionGroup var options: TopologyOptions

    @Flag(help: "Print one JSON object.")
    var json = false

    var settingsOptions: SettingsOptions { options.settings }
    var flags: [FlagValue] { options.broker.flags + options.management.flags }

    func run(in context: CommandContext) async throws {
        let file = try TopologyFile.find(context.settings.broker.topologyFile)
        let broker = try await context.reachableBroker()
        let outcome = try await context.withManagement(of: broker) { management in
            let plan = try await TopologyPlan.make(
                topology: file.topology, configuration: broker.configuration, management: management, logger: context.logger)
            return try await plan.apply(configuration: broker.configuration, management: management, logger: context.logger)
        }
        guard json else {
            for line in outcome.render().split(separator: "\n") { try context.console.print(String(line)) }
            return
        }
        try context.console.print { json in
            json.beginObject()
            json.member("applied", outcome.applied.map(\.description))
            json.member("policies_not_applied", outcome.policiesNotApplied)
            json.endObject()
        }
    }
}
