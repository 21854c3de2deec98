internal import GRDB
internal import MoltBotCore
internal import MoltBotMessaging

/// What the ledger says to a worker that is about to call a model (design: exactly-once billing).
///
/// Of tasks with one idempotency key the first completed one counts for all. While none is, the earliest in the stream that has not
/// ended goes ahead and the others wait for it; the stream's order is the same for everybody, so two never wait for each other.
enum LookupAnswers {
    /// A task that nobody has heard of for so long counts as lost, and holds up nobody.
    private static let lostAfter = Duration.seconds(86_400)
    /// Tasks with one key that are looked at, from the latest back.
    private static let candidates = 200

    static func answer(to question: LedgerQuestion, now: Timestamp, _ db: Database) throws -> LedgerAnswer {
        let record = try LedgerQueries.record(TaskKey(id: question.taskID, workspace: question.workspace), db)
        if let first = record?.fingerprint, let fingerprint = question.fingerprint, first != fingerprint { return .refused }
        if let record, let end = try LedgerQueries.end(of: record, redrives: question.redrives, db)?.event { return .ended(end) }
        if let key = question.idempotencyKey, let answer = try answer(to: question, key: key, own: record, now: now, db) { return answer }
        guard let record, !(record.status.isTerminal && record.redrives >= question.redrives) else { return .unknown }
        return .open(record.redrives < question.redrives ? .queued : record.status)
    }

    private static func answer(
        to question: LedgerQuestion, key: String, own: TaskRecord?, now: Timestamp, _ db: Database
    ) throws -> LedgerAnswer? {
        let statement = try db.cachedStatement(
            sql: """
                SELECT \(TaskRecord.columns) FROM tasks WHERE workspace = ? AND idempotency_key = ? ORDER BY number DESC LIMIT \(candidates)
                """)
        let others = try Row.fetchAll(statement, arguments: [question.workspace.name, key]).map { try TaskRecord($0) }
            .filter { $0.id != question.taskID }
        // The first to complete is the one that was paid for; later ones repeat it.
        for other in others.reversed() where other.status == .completed {
            if let event = try LedgerQueries.end(of: other, redrives: other.redrives, db)?.event { return .paid(event) }
        }
        let ahead = others.last { other in
            !other.status.isTerminal && other.number < own?.number ?? .max && now - max(other.statusAt, other.createdAt) < lostAfter
        }
        return ahead.map { .waitsFor($0.id) }
    }
}
