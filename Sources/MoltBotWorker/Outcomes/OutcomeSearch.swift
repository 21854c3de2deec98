internal import AMQP
internal import Logging
internal import MoltBotCore
internal import MoltBotMessaging

/// Finds out whether a task has been paid for before its model is called: asks the other workers, then the ledger's nodes, then
/// reads the ledger itself.
struct OutcomeSearch: Sendable {
    enum Finding {
        case ended(TaskEvent)
        /// Another worker has it in hand; its outcome will come.
        case runsElsewhere
        /// Another task with the same idempotency key was completed by this event.
        case paid(TaskEvent)
        /// An earlier task with the same idempotency key has not ended yet.
        case waitsForAnother
        /// The task was sent before with another payload; this one does not count.
        case refused
        case unknown
    }

    /// How long other workers have to speak up. After a broker restart they may still be connecting.
    private static let window = Duration.milliseconds(300)
    private static let windowAfterConnecting = Duration.seconds(4)
    private static let settlingTime = Duration.seconds(6)

    let session: BrokerSession
    let control: ControlLine
    let nodes: LedgerLookup
    let ledger: LedgerTail

    /// For a task that was delivered before, or has an idempotency key.
    func find(_ task: TaskEnvelope, idempotencyKey: String?) async -> Finding {
        if task.run.isRedelivered, await isHeldElsewhere(task) { return .runsElsewhere }
        // After the question, not beside it: the last events of a worker that died may still be on their way into the ledger.
        switch await nodes.answer(to: LedgerQuestion(task, idempotencyKey: idempotencyKey)) {
        case .ended(let event): return .ended(event)
        case .paid(let event): return .paid(event)
        case .waitsFor: return .waitsForAnother
        case .refused: return .refused
        case .open(let status):
            // A second message of a task that has begun: whoever began it may be at it still.
            if !task.run.isRedelivered, status == .running, await isHeldElsewhere(task) { return .runsElsewhere }
            return .unknown
        case .unknown:
            guard task.run.isRedelivered else { return .unknown }
            return await ledger.outcome(of: task).map { .ended($0.event) } ?? .unknown
        }
    }

    /// The terminal event that somebody else has published, for a last look before publishing one's own.
    func ended(_ task: TaskEnvelope) async -> TaskEvent? {
        switch await nodes.answer(to: LedgerQuestion(task)) {
        case .ended(let event): event
        case .open, .refused: nil
        case .paid, .waitsFor, .unknown: await ledger.outcome(of: task, isLast: true)?.event
        }
    }

    /// True when an event that is in the ledger is on every other queue as well, and need not be sent again. A broker that died in
    /// the meantime may have kept it on one queue and not on another.
    func isWhole(_ event: TaskEvent) -> Bool { session.brokerHasRun(since: event.time) }

    private func isHeldElsewhere(_ task: TaskEnvelope) async -> Bool {
        let connectedFor = session.consuming.status.connectedSince?.duration(to: .now) ?? .zero
        let window = connectedFor < Self.settlingTime ? Self.windowAfterConnecting : Self.window
        let question = ControlMessage.holding([task.id], of: task.queue.workspace)
        let answers = (try? await control.ask(question, within: window) { $0.contains { $0.running.contains(task.id) } }) ?? []
        return answers.contains { $0.running.contains(task.id) }
    }
}
