import ArgumentParser
import MoltBotConfig
import MoltBotCore
import MoltBotMessaging

/// `moltbot webhooks attempts`
struct WebhooksAttemptsCommand: MoltBotCommand {
    static let configuration = CommandConfiguration(
        commandName: "attempts",
        abstract: "List the attempts to deliver to an endpoint, newest first, and what the receiver answered.",
        discussion: """
            Reads the ledger, so it knows what the ledger still keeps. Says also how many deliveries wait for the endpoint, and why.

            EXAMPLES
              moltbot webhooks attempts ep-k3v7xq2m5nd4a --failed
              moltbot webhooks attempts ep-k3v7xq2m5nd4a --since 7d --limit 1000 --json
            """)

    private static let limits = 1...100_000

    @OptionGroup var endpoint: EndpointOptions

    @Option(
        help: ArgumentHelp("From when on: so long ago, or a time such as 2026-11-30T12:00:00Z.", valueName: "time"),
        transform: PointInTime.parse)
    var since = PointInTime.ago(.seconds(3600))

    @Option(help: ArgumentHelp("At most so many, the newest.", valueName: "number"))
    var limit = 100

    @Flag(help: "Leave out those that succeeded.")
    var failed = false

    var settingsOptions: SettingsOptions { endpoint.settings }
    var flags: [FlagValue] { endpoint.broker.flags }

    func validate() throws {
        guard Self.limits.contains(limit) else { throw ValidationError("--limit is 1 to \(Self.limits.upperBound), not \(limit)") }
    }

    func run(in context: CommandContext) async throws {
        let (id, limit, isFailed, settings) = (endpoint.id, limit, failed, context.settings)
        let start = since.timestamp(now: .now())
        let (found, backlog) = try await context.withBroker { session in
            let found = try await WebhookHistory(session).attempts(of: id, since: start, limit: limit, failuresOnly: isFailed)
            do {
                return (found, try await WebhookRegister(session, settings).backlog(id))
            } catch let error as RegistryError where error.code == .unknownEntry && found.total > 0 {
                // One that was removed has a history still; one that never was is a slip of the pen.
                return (found, nil)
            }
        }
        if endpoint.json {
            for event in found.events { try context.console.print { $0.attempt(event) } }
        } else if found.events.isEmpty {
            context.console.note("No \(failed ? "failed " : "")attempts since \(start.rfc3339).")
        } else {
            var table = TextTable("TIME", "RESULT", "EVENT", "EVENT ID", "ATTEMPT", "STATUS", "DURATION", "ERROR, NEXT ATTEMPT")
            for event in found.events {
                table.add(
                    event.time.rfc3339, event.kind.word, event.eventType ?? "-", event.eventID ?? "-",
                    event.attempt.map { "\($0)" } ?? "-", event.status.map { "\($0)" } ?? "-",
                    event.duration.map { "\($0.wholeMilliseconds) ms" } ?? "-", event.remark)
            }
            try context.console.print(table)
        }
        let hidden = found.total - found.events.count
        if hidden > 0 { context.console.note("\(hidden) older ones; see them with a higher --limit.") }
        if let backlog { context.console.note(backlog.words(for: id)) }
    }
}

extension WebhookEvent {
    /// Why it failed, and when it is tried again.
    var remark: String {
        let words = [error?.split(whereSeparator: \.isNewline).joined(separator: " "), nextAttemptAt.map { "next \($0.rfc3339)" }]
        return words.compactMap(\.self).joined(separator: "; ")
    }
}

extension WebhookEvent.Kind {
    /// For people, in one word.
    var word: String {
        switch self {
        case .delivered: "delivered"
        case .attemptFailed: "failed"
        case .exhausted: "given up"
        case .endpointDisabled: "disabled"
        }
    }
}

extension JSONWriter {
    mutating func attempt(_ event: WebhookEvent) {
        beginObject()
        member("time", event.time)
        member("type", event.kind.rawValue)
        member("endpoint_id", event.endpointID)
        member("event_id", event.eventID)
        member("event_type", event.eventType)
        member("task_id", event.taskID)
        member("attempt", event.attempt)
        member("status", event.status)
        member("duration_ms", event.duration.map { Int(clamping: $0.wholeMilliseconds) })
        member("response", event.response)
        member("error", event.error)
        member("next_attempt_at", event.nextAttemptAt)
        endObject()
    }
}
