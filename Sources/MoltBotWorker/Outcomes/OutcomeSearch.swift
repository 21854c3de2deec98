internal import AMQP
internal import Logging
internal import MoltBotCore
internal import MoltBotMessaging

/// Finds out what became of a task that may have run before: asks the other workers and the ledger at once, for two seconds at most.
struct OutcomeSearch: Sendable {
    enum Finding {
        case ended(TaskEvent)
        /// Another worker has it in hand; its outcome will come.
        case runsElsewhere
        case unknown
    }

    /// How long other workers have to speak up. After a broker restart they may still be connecting.
    private static let window = Duration.milliseconds(300)
    private static let windowAfterConnecting = Duration.seconds(2)
    private static let settlingTime = Duration.seconds(5)

    let session: BrokerSession
    let control: ControlLine
    let ledger: LedgerTail

    func find(_ task: TaskEnvelope) async -> Finding {
        async let isHeldElsewhere = isHeldElsewhere(task.id)
        async let record = ledger.outcome(of: task.id, since: task.createdAt)
        if let record = await record { return .ended(record.event) }
        return await isHeldElsewhere ? .runsElsewhere : .unknown
    }

    /// The terminal event that somebody else has published, for a last look before publishing one's own.
    func ended(_ task: TaskEnvelope) async -> TaskEvent? {
        await ledger.outcome(of: task.id, since: task.createdAt)?.event
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
