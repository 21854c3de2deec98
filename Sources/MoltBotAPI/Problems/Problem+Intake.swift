internal import HTTPTypes
internal import MoltBotMessaging

extension Problem {
    private static let again = "Send it again later; with an Idempotency-Key header a repetition is safe."

    init(_ refusal: IntakeRefusal) {
        self =
            switch refusal {
            case .busy:
                Problem(
                    .tooManyRequests, "busy", "Too many tasks at once",
                    "This node waits for the broker to confirm as many tasks as it may.",
                    remedy: Self.again
                ).retry(afterSeconds: 1)
            case .queueFull:
                Problem(
                    .tooManyRequests, "queue-full", "The queue is full", "The workspace's task queue takes no more tasks.",
                    remedy: Self.again
                ).retry(afterSeconds: 5)
            case .away:
                Problem(.serviceUnavailable, "broker-away", "The broker is away", "The task was not stored.", remedy: Self.again)
                    .retry(afterSeconds: 2)
            case .blocked:
                Problem(
                    .serviceUnavailable, "broker-blocked", "The broker takes no messages",
                    "The broker has an alarm for memory or disk. The task was not stored.", remedy: Self.again
                ).retry(afterSeconds: 10)
            case .unknownOutcome:
                Problem(
                    .serviceUnavailable, "unknown-outcome", "Nobody knows whether the task is stored",
                    "The task was sent to the broker, and the confirmation did not come.", remedy: Self.again
                ).retry(afterSeconds: 2)
            case .tooLarge(let message):
                Problem(.contentTooLarge, "too-large", "Too large", message)
            case .misconfigured(let message):
                Problem(.serviceUnavailable, "broker-not-prepared", "The broker is not prepared for this", message)
                    .retry(afterSeconds: 60)
            }
    }
}
