internal import MoltBotCore
internal import MoltBotMessaging

/// Asks what became of a task: the ledger's nodes, and where none of them knows, the ledger itself.
struct LedgerInquiry: Sendable {
    let nodes: LedgerLookup
    let ledger: LedgerTail
    let workspace: Workspace

    /// The terminal event; nil when the task has not ended, or nobody knows. Takes some seconds at most.
    func end(of task: MoltBot.SubmittedTask) async -> MoltBot.Event? {
        var pace = InquiryPace()
        return await end(of: task, pace.next())
    }

    /// The terminal event, sooner or later; nil when cancelled, or when nobody wants to know any more.
    ///
    /// No node may be there now, or none that has read so far, and the ledger may be longer than can be read at once.
    func end(of task: MoltBot.SubmittedTask, while isAwaited: () -> Bool) async -> MoltBot.Event? {
        var pace = InquiryPace()
        while isAwaited() {
            if let event = await end(of: task, pace.next()) { return event }
            guard (try? await Task.sleep(for: pace.pause(jitter: .random(in: 0...1)))) != nil else { return nil }
        }
        return nil
    }

    private func end(of task: MoltBot.SubmittedTask, _ effort: InquiryPace.Effort) async -> MoltBot.Event? {
        guard let id = TaskID(task.id) else { return nil }
        switch await nodes.answer(to: LedgerQuestion(taskID: id, workspace: workspace), within: effort.patience) {
        case .ended(let event), .paid(let event): return MoltBot.Event(event)
        case .open, .refused: return nil
        case .unknown, .waitsFor:
            guard effort.readsLedger else { return nil }
            let record = await ledger.outcome(
                ofEvent: TaskEvent.terminalEventID(for: id), in: workspace, since: Timestamp(task.submittedAt), within: effort.patience)
            return record.flatMap { MoltBot.Event($0.event) }
        }
    }
}
