import ArgumentParser
import MoltBotMessaging

/// `moltbot dead`
struct DeadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dead",
        abstract: "Look at messages that could not be processed, and try them again.",
        discussion: """
            Two queues hold such messages: "dead" what a worker refused or the broker gave up, "unroutable" what was published
            for no queue at all. Commands look at both unless --source names one.
            """,
        subcommands: [DeadListCommand.self, DeadShowCommand.self, DeadRetryCommand.self, DeadPurgeCommand.self])
}

/// Which of the two queues.
struct DeadLetterSourceOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Only this queue: dead or unroutable.", valueName: "source"))
    var source: DeadLetter.Source?

    var sources: [DeadLetter.Source] { source.map { [$0] } ?? DeadLetter.Source.allCases }
}

extension DeadLetter.Source: ExpressibleByArgument {}
