internal import AMQP
internal import Logging
internal import Synchronization

/// Where a relay and its inbox stand with each other; says each change once.
final class StandingBook: Sendable {
    private let changed: @Sendable (RelayInbox.Standing) -> Void
    private let logger: Logger
    private let standing = Mutex(RelayInbox.Standing.absent)

    init(_ changed: @escaping @Sendable (RelayInbox.Standing) -> Void, logger: Logger) {
        self.changed = changed
        self.logger = logger
    }

    func set(_ new: RelayInbox.Standing, because error: AMQPError? = nil) {
        let isNews = standing.withLock { standing in
            defer { standing = new }
            return standing != new
        }
        guard isNews else { return }
        switch new {
        case .taking(.alone): logger.info("This relay takes the events, in their order; others stand by")
        case .standingBy: logger.info("Another relay takes the events; this one stands by, and delivers")
        case .forbidden:
            logger.error(
                "This user may not take its turn; grant it configure on moltbot.relay-turn and write on amq.default. Trying again",
                metadata: ["moltbot.queue": "\(BrokerNames.Queue.relayTurn)", "amqp.error": "\(error.map { "\($0)" } ?? "")"])
        case .taking(.shared), .absent: break
        }
        changed(new)
    }
}
