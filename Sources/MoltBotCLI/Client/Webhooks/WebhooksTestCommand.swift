import ArgumentParser
import MoltBotConfig
import MoltBotCore
import MoltBotMessaging

/// `moltbot webhooks test`
struct WebhooksTestCommand: MoltBotCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Send an event of type webhook.test to an endpoint, and say what its receiver answered.",
        discussion: """
            The event takes the way of all others, through the endpoint's queue and a
            running relay, whatever event types the endpoint wants. It is tried once.
            Exits with 0 when the receiver took it.

            EXAMPLES
              moltbot webhooks test ep-k3v7xq2m5nd4a
            """)

    /// Beyond the receiver's own timeout: for the queue, and the way back.
    private static let margin = Duration.seconds(10)

    @OptionGroup var endpoint: EndpointOptions

    @Option(
        help: ArgumentHelp("How long to wait for the attempt; default: the endpoint's timeout and 10 s.", valueName: "duration"),
        transform: WebhookOptionSyntax.duration)
    var wait: Duration?

    var settingsOptions: SettingsOptions { endpoint.settings }
    var flags: [FlagValue] { endpoint.broker.flags }

    func run(in context: CommandContext) async throws {
        let (id, wait, settings) = (endpoint.id, wait, context.settings)
        let outcome = try await context.withBroker { session in
            let endpoint = try await WebhookRegister(session, settings).endpoint(id)
            guard endpoint.isEnabled else {
                throw CommandFailure(
                    .failed, "the endpoint is disabled: \(endpoint.disabledReason ?? "")",
                    remedy: "`moltbot webhooks enable \(id)` enables it.")
            }
            return try await WebhookTrial(session, of: endpoint).run(within: wait ?? endpoint.timeout + Self.margin)
        }
        let attempt: WebhookEvent
        switch outcome {
        case .attempted(let event): attempt = event
        case .noRelay:
            throw CommandFailure(
                .unavailable, "no relay consumes the events, so nothing would be delivered; nothing was sent",
                remedy: "Start one with `moltbot relay`, or all of MoltBot with `moltbot up`.")
        case .heldBack:
            throw CommandFailure(
                .tryLater,
                "a relay runs, but sends nothing to this endpoint right now: the receiver has failed too often, or asked for a pause",
                remedy: "The event waits in the endpoint's queue. `moltbot webhooks attempts \(id) --failed` shows what happened before.")
        case .unheard:
            throw CommandFailure(
                .tryLater, "no attempt was heard of in time",
                remedy: "The event waits in the endpoint's queue, perhaps behind others: see `moltbot webhooks show \(id)`.")
        }
        try print(attempt, to: context.console)
        guard attempt.kind == .delivered else { throw CommandFailure(.failed, attempt.error ?? "the receiver did not take the event") }
    }

    private func print(_ attempt: WebhookEvent, to console: Console) throws {
        guard !endpoint.json else { return try console.print { $0.attempt(attempt) } }
        try console.print("event     \(attempt.eventID ?? "-")")
        try console.print("result    \(attempt.kind.word)")
        try console.print("status    \(attempt.status.map { "\($0)" } ?? "-")")
        try console.print("duration  \(attempt.duration.map { "\($0.wholeMilliseconds) ms" } ?? "-")")
        if let response = attempt.response, !response.isEmpty { try console.print("answer    \(response)") }
    }
}
