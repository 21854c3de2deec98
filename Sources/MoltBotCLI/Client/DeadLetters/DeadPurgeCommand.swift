import ArgumentParser
import Glibc
import MoltBotConfig
import MoltBotCore
import MoltBotMessaging

/// `moltbot dead purge`
struct DeadPurgeCommand: MoltBotCommand {
    static let configuration = CommandConfiguration(
        commandName: "purge", abstract: "Drop all dead letters for good. Asks first, unless --yes is given.")

    @OptionGroup var source: DeadLetterSourceOptions

    @Flag(help: "Do not ask.")
    var yes = false

    @Flag(help: "Print JSON, one object a line.")
    var json = false

    @OptionGroup(title: "Broker") var broker: BrokerOptions
    @OptionGroup(title: "Settings") var settingsOptions: SettingsOptions

    var flags: [FlagValue] { broker.flags }

    func run(in context: CommandContext) async throws {
        guard yes || isatty(STDIN_FILENO) == 1 else {
            throw CommandFailure(.usage, "purging needs a confirmation, and nobody is at the terminal", remedy: "Give --yes.")
        }
        let (sources, isConfirmed, console) = (source.sources, yes, context.console)
        let dropped = try await context.withBroker { session in
            let queue = DeadLetterQueue(session)
            var dropped: [(DeadLetter.Source, Int)] = []
            for source in sources {
                let count = try await queue.count(source)
                if !isConfirmed, count > 0, !console.confirm("Drop \(count) messages of \(source.queue)?") { continue }
                dropped.append((source, try await queue.purge(source)))
            }
            return dropped
        }
        for (source, count) in dropped { try print(source, count, console) }
    }

    private func print(_ source: DeadLetter.Source, _ count: Int, _ console: Console) throws {
        guard json else { return try console.print("\(source.rawValue): \(count) dropped") }
        try console.print { writer in
            writer.beginObject()
            writer.member("source", source.rawValue)
            writer.member("dropped", count)
            writer.endObject()
        }
    }
}

extension Console {
    /// Asks the person at the terminal; anything but `y` or `yes` is a no.
    fileprivate func confirm(_ question: String) -> Bool {
        note("\(question) [y/N]")
        return ["y", "yes"].contains(readLine()?.lowercased() ?? "")
    }
}
