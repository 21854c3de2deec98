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
    /// Tasks with one key and one status that are looked at, from the earliest on: of some the outcome was too large to keep, or is lost.
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
        // The first to complete is the one that was paid for; later ones repeat it.
        for other in try tasks(with: key, in: question.workspace, .completed, before: .max, since: nil, db)
        where other.id != question.taskID {
            if let event = try LedgerQueries.end(of: other, redrives: other.redrives, db)?.event { return .paid(event) }
        }
        let ahead = try TaskStatus.allCases.filter { !$0.isTerminal }
            .flatMap { try tasks(with: key, in: question.workspace, $0, before: own?.number ?? .max, since: now + lostAfter * -1, db) }
            .filter { $0.id != question.taskID }
        return ahead.min { $0.number < $1.number }.map { .waitsFor($0.id) }
    }

    private static func tasks(
        with key: String, in workspace: Workspace, _ status: TaskStatus, before number: Int64, since time: Timestamp?, _ db: Database
    ) throws -> [TaskRecord] {
        let statement = try db.cachedStatement(
            sql: """
                SELECT \(TaskRecord.columns) FROM tasks WHERE workspace = ? AND idempotency_key = ? AND status = ? AND number < ? \
                AND MAX(status_at, created_at) > ? ORDER BY number LIMIT \(candidates)
                """)
        return try Row.fetchAll(statement, arguments: [workspace.name, key, status.rawValue, number, time?.millisecondsSinceEpoch ?? .min])
            .map { try TaskRecord($0) }
    }
}
