import ArgumentParser
import MoltBotConfig
import MoltBotCore
import PrivateBroker

/// `moltbot broker`: the private RabbitMQ of one state folder.
struct BrokerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "broker",
        abstract: "Start, stop and look at the private broker.",
        discussion: """
            The private broker is the installed rabbitmq-server, run for one state
            folder as the current user: own name, own data, ports on loopback only. It
            goes on when the command that started it ends.

            EXAMPLES
              moltbot broker start
              moltbot broker start --state-dir /tmp/second    a second one beside it
              MOLTBOT_BROKER_URL=$(moltbot broker url) my-program
            """,
        subcommands: [BrokerStart.self, BrokerStop.self, BrokerStatus.self, BrokerURL.self])
}

/// What the broker's commands have in common.
struct BrokerCommandOptions: ParsableArguments {
    @OptionGroup var state: StateOptions

    @Flag(help: "Print one JSON object.")
    var json = false
}

struct BrokerStart: MoltBotCommand {
    static let configuration = CommandConfiguration(
        commandName: "start", abstract: "Start the private broker, unless it runs already.",
        discussion: "Takes about 5 s. Later starts keep name, ports, password and data of the first.")

    @OptionGroup(title: "Settings") var settingsOptions: SettingsOptions
    @OptionGroup var options: BrokerCommandOptions

    @Option(help: ArgumentHelp("AMQP port; without it a free one is picked once and kept.", valueName: "number"))
    var port: Int?

    var flags: [FlagValue] { options.state.flags }

    func validate() throws {
        if let port, !(1...65_535).contains(port) { throw ValidationError("--port is a number from 1 to 65535, not \(port).") }
    }

    func run(in context: CommandContext) async throws {
        let broker = context.privateBroker
        let before = await broker.status()
        var start = PrivateBroker.Options()
        start.amqpPort = port
        let running = try await broker.start(options: start)
        if let port, running.amqpPort != port {
            context.console.note("The broker runs already, on port \(running.amqpPort); stop it before it can use port \(port).")
        }
        let report = BrokerReport(status: .running(running), stateDirectory: context.settings.stateDirectory)
        if options.json { return try report.printJSON(to: context.console) }
        try report.printText(to: context.console)
        if before == .stopped { context.console.note("It goes on in the background; `moltbot broker stop` ends it.") }
    }
}

struct BrokerStop: MoltBotCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop", abstract: "Shut the private broker down; its data stays.",
        discussion: "Does nothing when it is stopped already.")

    @OptionGroup(title: "Settings") var settingsOptions: SettingsOptions
    @OptionGroup var options: BrokerCommandOptions

    var flags: [FlagValue] { options.state.flags }

    func run(in context: CommandContext) async throws {
        let broker = context.privateBroker
        let before = await broker.status()
        try await broker.stop()
        let report = BrokerReport(status: .stopped, stateDirectory: context.settings.stateDirectory)
        if options.json { return try report.printJSON(to: context.console) }
        try context.console.print(before == .stopped ? "The private broker was not running." : "Stopped the private broker.")
    }
}

struct BrokerStatus: MoltBotCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Say whether the private broker runs and where.",
        discussion: "The exit status is 0 when it serves clients, else 69.")

    @OptionGroup(title: "Settings") var settingsOptions: SettingsOptions
    @OptionGroup var options: BrokerCommandOptions

    var flags: [FlagValue] { options.state.flags }

    func run(in context: CommandContext) async throws {
        let report = BrokerReport(status: await context.privateBroker.status(), stateDirectory: context.settings.stateDirectory)
        if options.json { try report.printJSON(to: context.console) } else { try report.printText(to: context.console) }
        if !report.isRunning { throw ExitStatus.unavailable.code }
    }
}

struct BrokerURL: MoltBotCommand {
    static let configuration = CommandConfiguration(
        commandName: "url", abstract: "Print the running private broker's URL, password included, for other programs.")

    @OptionGroup(title: "Settings") var settingsOptions: SettingsOptions
    @OptionGroup var options: BrokerCommandOptions

    @Flag(help: "The management API's URL instead.")
    var management = false

    var flags: [FlagValue] { options.state.flags }

    func run(in context: CommandContext) async throws {
        let broker = try await context.runningPrivateBroker()
        guard let url = management ? broker.managementURL : broker.amqpURL else {
            throw CommandFailure(.unavailable, "the private broker runs without the management API", remedy: "Stop it and start it again.")
        }
        guard options.json else { return try context.console.print(url) }
        try context.console.print { json in
            json.beginObject()
            json.member("url", url)
            json.endObject()
        }
    }
}
