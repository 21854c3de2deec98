import ArgumentParser
import MoltBotConfig
import MoltBotCore
import MoltBotMessaging

/// `moltbot webhooks retry`
struct WebhooksRetryCommand: MoltBotCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Deliver past events to an endpoint again.",
        discussion: """
            Of a time range it takes the events that have not reached the endpoint:
            given up, failing, or never tried; with --all also those that have. Each
            keeps its webhook-id, and its schedule begins anew; one that is failing
            keeps its own next attempt as well, so it may come twice. Deliveries among
            the dead letters are taken from there.

            EXAMPLES
              moltbot webhooks retry ep-k3v7xq2m5nd4a --since 6h --dry-run
              moltbot webhooks retry ep-k3v7xq2m5nd4a --since 2026-11-30T12:00:00Z --until 2026-11-30T14:00:00Z
              moltbot webhooks retry ep-k3v7xq2m5nd4a --event 0197f3a2-6a5e-7c3a-8d52-1f0e9b7c4d11
            """)

    @OptionGroup var endpoint: EndpointOptions

    @Option(help: ArgumentHelp("One event, delivered or not, by its webhook-id.", valueName: "id"))
    var event: String?

    @Option(
        help: ArgumentHelp("Events from this time on: so long ago, or a time such as 2026-11-30T12:00:00Z.", valueName: "time"),
        transform: PointInTime.parse)
    var since: PointInTime?

    @Option(help: ArgumentHelp("Events up to this time; default now.", valueName: "time"), transform: PointInTime.parse)
    var until: PointInTime?

    @Flag(help: "Also events that were delivered.")
    var all = false

    @Flag(help: "Only say how many it would be.")
    var dryRun = false

    var settingsOptions: SettingsOptions { endpoint.settings }
    var flags: [FlagValue] { endpoint.broker.flags }

    func validate() throws {
        guard (event == nil) != (since == nil) else { throw ValidationError("Give --event, or --since with or without --until.") }
        guard event == nil || (until == nil && !all) else { throw ValidationError("--until and --all go with --since.") }
        _ = try choice(now: .now())
    }

    func run(in context: CommandContext) async throws {
        let (id, settings, choice, isRehearsal) = (endpoint.id, context.settings, try choice(now: .now()), dryRun)
        let topology = try TopologyFile.find(settings.broker.topologyFile).topology
        let (found, report) = try await context.withBroker { session in
            let found = try await WebhookRegister(session, settings).endpoint(id)
            let redelivery = WebhookRedelivery(session, to: found, queue: try EndpointQueue(of: id, in: topology))
            return (found, try await redelivery.run(choice, isRehearsal: isRehearsal))
        }
        try print(report, to: context.console)
        if !found.isEnabled, report.deliveries > 0 {
            context.console.note("The endpoint is disabled; they wait until `moltbot webhooks enable \(id)`.")
        }
        if let refusal = report.refused.first {
            throw CommandFailure(.failed, "\(report.refused.count) stay dead letters; the first, \(refusal.id): \(refusal.reason)")
        }
        if let event, report.deliveries == 0 {
            throw CommandFailure(
                .failed, "no event \"\(event)\" that the endpoint wants, neither in the ledger nor among the dead letters",
                remedy: "`moltbot webhooks attempts \(id) --since 7d` shows the ids.")
        }
    }

    private func choice(now: Timestamp) throws -> WebhookRedelivery.Choice {
        if let event { return .event(event) }
        let start = since?.timestamp(now: now) ?? now
        let end = until?.timestamp(now: now) ?? now
        guard start <= end else { throw ValidationError("--since is later than --until") }
        return .range(start...end, isAll: all)
    }

    private func print(_ report: WebhookRedelivery.Report, to console: Console) throws {
        guard !endpoint.json else {
            return try console.print { writer in
                writer.beginObject()
                writer.member("endpoint_id", endpoint.id)
                writer.member("dry_run", dryRun)
                writer.member("deliveries", report.deliveries)
                writer.member("dead_letters", report.deadLetters)
                writer.member("waiting", report.waiting)
                writer.member("omitted", report.omitted)
                writer.endObject()
            }
        }
        let verb = dryRun ? "would be put" : "put"
        try console.print(
            "\(report.deliveries) deliveries \(verb) in the endpoint's queue, \(report.deadLetters) of them from the dead letters")
        if report.waiting > 0 { console.note("\(report.waiting) more wait there for their first attempt, and were left alone.") }
        if report.omitted > 0 { console.note("\(report.omitted) more are beyond what one command goes through; give a shorter time.") }
    }
}
