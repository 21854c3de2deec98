import ArgumentParser
import MoltBotConfig
import MoltBotCore
import MoltBotMessaging

/// `moltbot dead list`
struct DeadListCommand: MoltBotCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List dead letters, oldest first, with the reason. They stay where they are.")

    @OptionGroup var source: DeadLetterSourceOptions

    @Option(help: ArgumentHelp("At most this many from each queue.", valueName: "number"))
    var limit = 100

    @Flag(help: "Print JSON, one object a line.")
    var json = false

    @OptionGroup(title: "Broker") var broker: BrokerOptions
    @OptionGroup(title: "Settings") var settingsOptions: SettingsOptions

    var flags: [FlagValue] { broker.flags }

    func validate() throws {
        if limit < 1 { throw ValidationError("--limit is 1 or more") }
    }

    func run(in context: CommandContext) async throws {
        let (sources, limit) = (source.sources, limit)
        let found = try await context.withBroker { session in
            let queue = DeadLetterQueue(session)
            var letters: [DeadLetter] = []
            var hidden = 0
            for source in sources {
                let listing = try await queue.list(source, limit: limit)
                letters += listing.letters
                hidden += listing.total - listing.letters.count
            }
            return (letters: letters, hidden: hidden)
        }
        if json {
            for letter in found.letters { try context.console.print { $0.deadLetter(letter, withBody: false) } }
        } else if found.letters.isEmpty {
            context.console.note("No dead letters.")
        } else {
            var table = TextTable("ID", "SOURCE", "DIED", "REASON")
            for letter in found.letters { table.add(letter.id, letter.source.rawValue, letter.died?.rfc3339 ?? "-", letter.reason.oneLine) }
            try context.console.print(table)
        }
        if found.hidden > 0 { context.console.note("\(found.hidden) more; see them with a higher --limit.") }
    }
}

extension String {
    fileprivate var oneLine: String { split(whereSeparator: \.isNewline).joined(separator: " ") }
}
