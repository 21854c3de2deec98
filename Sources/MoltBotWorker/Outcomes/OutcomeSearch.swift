internal import AMQP
internal import Logging
internal import MoltBotCore
internal import MoltBotMessaging

/// Finds out what became of a task that may have run before: asks the other workers, then the ledger.
struct OutcomeSearch: Sendable {
    enum Finding {
        case ended(TaskEvent)
        /// Another worker has it in hand; its outcome will come.
        case runsElsewhere
        case unknown
    }

    /// How long other workers have to speak up. After a broker restart they may still be connecting.
    private static let window = Duration.milliseconds(300)
    private static let windowAfterConnecting = Duration.seconds(4)
    private static let settlingTime = Duration.seconds(6)

    let session: BrokerSession
    let control: ControlLine
    let ledger: LedgerTail

    func find(_ task: TaskEnvelope) async -> Finding {
        if await isHeldElsewhere(task.id) { return .runsElsewhere }
        // After the question, not beside it: the last events of a worker that died may still be on their way into the ledger.
        return await ledger.outcome(of: task).map { .ended($0.event) } ?? .unknown
    }

    /// The terminal event that somebody else has published, for a last look before publishing one's own.
    func ended(_ task: TaskEnvelope) async -> TaskEvent? {
        await ledger.outcome(of: task)?.event
    }

    /// True when an event that is in the ledger is on every other queue as well, and need not be sent again. A broker that died in
    /// the meantime may have kept it on one queue and not on another.
    func isWhole(_ event: TaskEvent) -> Bool { session.brokerHasRun(since: event.time) }

    private func isHeldElsewhere(_ id: TaskID) async -> Bool {
        let connectedFor = session.consuming.status.connectedSince?.duration(to: .now) ?? .zero
        let window = connectedFor < Self.settlingTime ? Self.windowAfterConnecting : Self.window
        let answers = (try? await control.ask(.holding([id]), within: window) { $0.contains { $0.running.contains(id) } }) ?? []
        return answers.contains { $0.running.contains(id) }
    }
}
