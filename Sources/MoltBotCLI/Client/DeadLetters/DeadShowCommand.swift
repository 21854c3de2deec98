import ArgumentParser
import MoltBotConfig
import MoltBotCore
import MoltBotMessaging

/// `moltbot dead show`
struct DeadShowCommand: MoltBotCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show one dead letter with its body. It stays where it is.")

    @Argument(help: "The id that `moltbot dead list` shows.")
    var id: String

    @OptionGroup var source: DeadLetterSourceOptions

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup(title: "Broker") var broker: BrokerOptions
    @OptionGroup(title: "Settings") var settingsOptions: SettingsOptions

    var flags: [FlagValue] { broker.flags }

    func run(in context: CommandContext) async throws {
        let (sources, id) = (source.sources, id)
        let found = try await context.withBroker { session in
            for source in sources {
                if let letter = try await DeadLetterQueue(session).find(id, in: source) { return Optional(letter) }
            }
            return nil
        }
        guard let letter = found else { throw CommandFailure(noDeadLetter: id) }
        guard !json else { return try context.console.print { $0.deadLetter(letter, withBody: true) } }
        let place = letter.destination.map { "exchange \"\($0.exchange)\", routing key \"\($0.routingKey)\"" }
        try context.console.print("id           \(letter.id)")
        try context.console.print("source       \(letter.source.rawValue)")
        try context.console.print("reason       \(letter.reason)")
        try context.console.print("died         \(letter.died?.rfc3339 ?? "-")")
        try context.console.print("meant for    \(place ?? "-")")
        try context.console.print("content type \(letter.contentType ?? "-")")
        try context.console.print("priority     \(letter.priority.map { "\($0)" } ?? "-")")
        if let webhook = letter.webhook { try print(webhook, to: context.console) }
        try context.console.print("")
        try context.console.print(
            String(validating: letter.body, as: UTF8.self) ?? "(\(letter.body.count) bytes that are not text; --json shows them)")
    }

    private func print(_ webhook: DeadLetter.Webhook, to console: Console) throws {
        try console.print("event        \(webhook.eventType) of \(webhook.eventTime.rfc3339), \(webhook.eventID)")
        try console.print("receiver     \(webhook.endpointID ?? webhook.url ?? "-")")
        for attempt in webhook.attempts {
            let status = attempt.status.map { "status \($0), " } ?? ""
            try console.print(
                "attempt \(attempt.number)".padded(to: 13)
                    + "\(attempt.startedAt.rfc3339), \(status)\(attempt.duration.wholeMilliseconds) ms: \(attempt.error ?? "delivered")")
        }
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(1, width - count)) }
}

extension CommandFailure {
    init(noDeadLetter id: String) {
        self.init(
            .failed, "no dead letter \"\(id)\" among the oldest \(DeadLetterQueue.searchLimit)",
            remedy: "`moltbot dead list` shows what there is.")
    }
}
