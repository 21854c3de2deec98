import ArgumentParser

/// `moltbot topology`: what MoltBot needs on a broker, against what is there.
struct TopologyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "topology",
        abstract: "Compare, declare and document exchanges, queues, bindings and policies.",
        discussion: """
            EXAMPLES
              moltbot topology plan       what would be done; exit status 2 if anything
              moltbot topology apply      create what is missing; nothing is deleted
              moltbot topology apply --topology topology/ha.yaml
              moltbot topology asyncapi > asyncapi.yaml
            """,
        subcommands: [TopologyPlanCommand.self, TopologyApplyCommand.self, TopologyExportCommand.self, TopologyAsyncAPICommand.self])
}

/// The options of commands that look at a broker's topology.
struct TopologyOptions: ParsableArguments {
    @OptionGroup(title: "Settings") var settings: SettingsOptions
    @OptionGroup(title: "Broker") var broker: BrokerOptions
    @OptionGroup(title: "Topology") var management: ManagementOptions
}
