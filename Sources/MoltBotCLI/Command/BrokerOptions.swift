import ArgumentParser
import MoltBotConfig

/// Which broker a command talks to.
struct BrokerOptions: ParsableArguments {
    @Option(
        name: .customLong("broker-url"),
        help: ArgumentHelp("The broker, amqp://user:password@host:5672/vhost; several separated by commas.", valueName: "url"))
    var brokerURL: String?

    @OptionGroup var state: StateOptions

    var flags: [FlagValue] {
        [FlagValue(.brokerURL, "--broker-url", brokerURL)].compactMap(\.self) + state.flags
    }
}

/// Which private broker.
struct StateOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Folder of the private broker; two folders are two brokers.", valueName: "folder"), completion: .directory)
    var stateDir: String?

    var flags: [FlagValue] {
        [FlagValue(.stateDirectory, "--state-dir", stateDir)].compactMap(\.self)
    }
}

/// What the broker's objects are compared with, and through what besides AMQP.
struct ManagementOptions: ParsableArguments {
    @Option(
        name: .customLong("management-url"),
        help: ArgumentHelp("RabbitMQ's management API, http://user:password@host:15672; the private broker's is known.", valueName: "url"))
    var managementURL: String?

    @Option(
        help: ArgumentHelp("The topology file; default topology/moltbot.yaml or the built-in one.", valueName: "file"), completion: .file())
    var topology: String?

    var flags: [FlagValue] {
        [
            FlagValue(.brokerManagementURL, "--management-url", managementURL), FlagValue(.brokerTopology, "--topology", topology),
        ].compactMap(\.self)
    }
}
