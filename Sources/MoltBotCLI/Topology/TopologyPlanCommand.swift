import ArgumentParser
import MoltBotConfig
import MoltBotMessaging

struct TopologyPlanCommand: MoltBotCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Show what the broker lacks or has differently; change nothing.",
        discussion: """
            + is missing, ~ can be changed in place, ! has to be migrated by hand, ? could
            not be checked. The exit status is 0 when there is nothing to do and 2 when
            there is. Bindings and policies show only through the management API.
            """)

    @OptionGroup var options: TopologyOptions

    @Flag(help: "Print one JSON object.")
    var json = false

    var settingsOptions: SettingsOptions { options.settings }
    var flags: [FlagValue] { options.broker.flags + options.management.flags }

    func run(in context: CommandContext) async throws {
        let file = try TopologyFile.find(context.settings.broker.topologyFile)
        let broker = try await context.reachableBroker()
        let plan = try await context.withManagement(of: broker) { management in
            try await TopologyPlan.make(
                topology: file.topology, configuration: broker.configuration, management: management, logger: context.logger)
        }
        if json { try context.console.print(plan.json) } else { try context.console.print(plan) }
        if !plan.isClean { throw ExitStatus.differences.code }
    }
}

extension Console {
    /// The plan's lines, coloured by what they mean.
    fileprivate func print(_ plan: TopologyPlan) throws(Closed) {
        let styles: [Character: Style] = ["+": .green, "~": .yellow, "!": .red, "?": .dim]
        for line in plan.render().split(separator: "\n") {
            let style = line.first.flatMap { styles[$0] }
            try print(style?.applied(to: String(line), isOutputColored) ?? String(line))
        }
    }
}
