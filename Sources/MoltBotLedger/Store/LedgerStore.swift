internal import GRDB
package import Logging
package import MoltBotCore
package import MoltBotMessaging
internal import Synchronization

/// What one node knows of all tasks: a projection of the ledger stream in SQLite.
///
/// Reads run beside the writer and never hold it up. A read sees what has been read of the stream so far;
/// ``LedgerService/waitUntilRead()`` comes first where it has to see everything.
package final class LedgerStore: Sendable {
    /// Requests that may wait for the end of a task at once.
    package static let maximumWaiters = 10_000

    let file: LedgerFile
    let ends = WaitRegistry<TaskKey>(limit: LedgerStore.maximumWaiters)
    let marks = WaitRegistry<String>(limit: 1000)

    /// - Parameter path: of the database file; its folder is created. A missing or damaged file becomes a new, empty one.
    /// - Throws: ``LedgerError`` with code `unusable` when the folder or the file cannot be used.
    package init(path: String, logger: Logger) throws(LedgerError) {
        file = try LedgerFile(path: path, logger: logger)
    }

    // MARK: Reading

    /// - Throws: ``LedgerError``, like all reads here.
    package func task(_ id: TaskID, in workspace: Workspace) async throws(LedgerError) -> TaskDetail? {
        let key = TaskKey(id: id, workspace: workspace)
        return try await file.read { db in try LedgerQueries.detail(key, db) }
    }

    /// The tasks that match, newest first.
    /// - Parameter limit: 1 to 1000 tasks.
    package func tasks(
        _ filter: TaskFilter, after cursor: TaskCursor? = nil, limit: Int
    ) async throws(LedgerError) -> TaskPage {
        let limit = min(max(1, limit), 1000)
        return try await file.read { db in try LedgerQueries.page(filter, after: cursor, limit: limit, db) }
    }

    /// Nil while no task of it was read.
    package func batch(_ id: String, in workspace: Workspace) async throws(LedgerError) -> BatchRecord? {
        try await file.read { db in try LedgerQueries.batch(id, in: workspace, db) }
    }

    package func history(of id: TaskID, in workspace: Workspace) async throws(LedgerError) -> TaskHistory? {
        let key = TaskKey(id: id, workspace: workspace)
        return try await file.read { db in try LedgerQueries.history(key, db) }
    }

    /// Sums of one workspace, or of all.
    /// - Parameter since: of the first minute that is told apart.
    package func statistics(of workspace: Workspace?, minutesSince since: Timestamp) async throws(LedgerError) -> LedgerStatistics {
        try await file.read { db in try LedgerQueries.statistics(workspace, since: since, db) }
    }

    /// The last entry of the stream that is in the file.
    package func position() async throws(LedgerError) -> LedgerPosition? {
        try await file.read { db in try LedgerQueries.position(db) }
    }

    /// What a worker is told, by what has been read so far.
    package func answers(to questions: [LedgerQuestion]) async throws(LedgerError) -> [LedgerAnswer] {
        try await file.read { db in try questions.map { try LookupAnswers.answer(to: $0, now: .now(), db) } }
    }

    // MARK: Waiting

    /// Waits for the end of a task, also of one that the ledger does not know yet.
    /// - Returns: the task as it is after at most `duration`; nil when nothing is known of it.
    /// - Throws: ``LedgerError``, with code `busy` above ``maximumWaiters``.
    package func waitForEnd(of id: TaskID, in workspace: Workspace, within duration: Duration) async throws(LedgerError) -> TaskDetail? {
        let key = TaskKey(id: id, workspace: workspace)
        return try await ends.withTicket(for: key) { ticket throws(LedgerError) in
            // After the registration: an end between the two is seen by one of them.
            let detail = try await task(id, in: workspace)
            if let detail, detail.record.status.isTerminal { return detail }
            _ = await ends.wait(ticket, within: duration)
            return try await task(id, in: workspace)
        }
    }

    // MARK: Writing

    /// Applies a batch of the stream, in one transaction with its position, and tells those who wait. For ``LedgerService``, one call at a time.
    package func apply(_ batch: LedgerBatch) async throws(LedgerError) {
        let outcome = try await file.write { db in try LedgerProjection.apply(batch, now: .now(), in: db) }
        for key in outcome.ended { ends.happened(key) }
        guard !marks.isEmpty else { return }
        for case .barrier(let id) in batch.entries.map(\.content) { marks.happened(id) }
    }

    /// Whether somebody waits for what the entry tells.
    func isWaitedFor(_ entry: LedgerEntry) -> Bool {
        guard case .event(let event) = entry.content, event.type.isTerminal else { return false }
        return ends.isWaited(for: TaskKey(id: event.taskID, workspace: event.workspace))
    }
}
