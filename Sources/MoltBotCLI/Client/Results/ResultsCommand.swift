import ArgumentParser
import MoltBotConfig
import MoltBotMessaging

/// `moltbot results`
struct ResultsCommand: MoltBotCommand {
    static let configuration = CommandConfiguration(
        commandName: "results",
        abstract: "Print the outcomes of tasks.",
        discussion: """
            Takes outcomes off the result queue, prints one a line (id, status and text, separated by tabs) and acknowledges each
            once it is printed. Several readers of the result queue share its outcomes. With --queue you read a queue of your own,
            which gets a copy of every outcome from the first time you name it on; unread for 7 days, it goes.

            EXAMPLES
              moltbot results                            what is there now
              moltbot results --follow --json            for ever, one CloudEvent a line
              moltbot results --follow --queue billing   a copy of every outcome
            """)

    @Flag(name: [.short, .long], help: "Wait for more, until Ctrl-C.")
    var follow = false

    @Option(
        help: ArgumentHelp("Read this durable queue of your own instead of the shared one.", valueName: "name"),
        transform: {
            guard let name = ResultQueueName($0) else { throw ValidationError("a queue's name is \(ResultQueueName.rule)") }
            return name
        })
    var queue: ResultQueueName?

    @Option(help: ArgumentHelp("Stop after this many.", valueName: "number"))
    var count: Int?

    @Flag(help: "Print each event as JSON (CloudEvents), one a line.")
    var json = false

    @OptionGroup(title: "Broker") var broker: BrokerOptions
    @OptionGroup(title: "Settings") var settingsOptions: SettingsOptions

    var flags: [FlagValue] { broker.flags }

    func validate() throws {
        if let count, count < 1 { throw ValidationError("--count is 1 or more") }
    }

    func run(in context: CommandContext) async throws {
        let source = queue.map { ResultSource.subscription($0) } ?? .shared
        let (follow, limit, json) = (follow, count ?? .max, json)
        let console = context.console
        try await context.withBroker { session in
            let feed = ResultFeed(session, source: source)
            var printed = 0
            func read(_ message: ResultMessage) throws -> ResultFeed.Next {
                switch message {
                case .event(let event, _):
                    let line = ResultLine(event: event)
                    try console.print(json ? line.json : line.plain)
                    printed += 1
                case .unreadable(let problem):
                    console.note("left out: \(problem)")
                }
                return printed >= limit ? .enough : .more
            }
            if follow {
                try await feed.follow { try read($0) }
            } else {
                try await feed.drain { try read($0) }
            }
        }
    }
}
