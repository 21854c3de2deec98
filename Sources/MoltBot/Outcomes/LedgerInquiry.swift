internal import MoltBotCore
internal import MoltBotMessaging

/// Asks what became of a task: the ledger's nodes, and where none of them knows, the ledger itself.
struct LedgerInquiry: Sendable {
    let nodes: LedgerLookup
    let ledger: LedgerTail
    let workspace: Workspace

    /// The terminal event; nil when the task has not ended, or nobody knows. Takes some seconds at most.
    func end(of task: MoltBot.SubmittedTask) async -> MoltBot.Event? {
        guard let id = TaskID(task.id) else { return nil }
        switch await nodes.answer(to: LedgerQuestion(taskID: id, workspace: workspace)) {
        case .ended(let event), .paid(let event): return MoltBot.Event(event)
        case .open, .refused: return nil
        case .unknown, .waitsFor:
            let record = await ledger.outcome(ofEvent: TaskEvent.terminalEventID(for: id), since: Timestamp(task.submittedAt))
            // Ids are unique in a workspace only.
            return record.flatMap { $0.event.workspace == workspace ? MoltBot.Event($0.event) : nil }
        }
    }
}
