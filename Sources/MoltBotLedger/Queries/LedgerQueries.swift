internal import GRDB
internal import MoltBotCore
internal import MoltBotMessaging

/// The reads behind ``LedgerStore``, each inside one read transaction.
enum LedgerQueries {
    static func record(_ key: TaskKey, _ db: Database) throws -> TaskRecord? {
        let statement = try db.cachedStatement(sql: "SELECT \(TaskRecord.columns) FROM tasks WHERE id = ? AND workspace = ?")
        return try Row.fetchOne(statement, arguments: [key.id.rawValue, key.workspace.name]).map { try TaskRecord($0) }
    }

    static func detail(_ key: TaskKey, _ db: Database) throws -> TaskDetail? {
        guard let record = try record(key, db) else { return nil }
        let result = try end(of: record, redrives: record.redrives, db)
        return TaskDetail(record: record, end: result?.event, isResultTooLarge: result?.isTooLarge ?? false)
    }

    /// The terminal event of one life.
    static func end(of record: TaskRecord, redrives: Int, _ db: Database) throws -> (event: TaskEvent?, isTooLarge: Bool)? {
        let statement = try db.cachedStatement(sql: "SELECT event FROM results WHERE life = ?")
        let key = LifeKey(number: record.number, redrives: redrives)
        guard let row = try Row.fetchOne(statement, arguments: [key.rawValue]) else { return nil }
        let text: String? = row[0]
        return (text.flatMap { try? TaskEvent.decode(Array($0.utf8)) }, text == nil)
    }

    static func page(_ filter: TaskFilter, after cursor: TaskCursor?, limit: Int, _ db: Database) throws -> TaskPage {
        // One query for each status, also where only the model is asked for: its index is in the order of time within a status.
        let chosen =
            filter.statuses.isEmpty && filter.model != nil ? TaskStatus.allCases : filter.statuses.sorted { $0.rawValue < $1.rawValue }
        let statuses: [TaskStatus?] = chosen.isEmpty ? [nil] : chosen
        var found = try statuses.flatMap { status in
            try TaskListQuery(filter, status: status, after: cursor, limit: limit + 1).fetch(db)
        }
        if statuses.count > 1 { found.sort { ($0.createdAt, $0.number) > ($1.createdAt, $1.number) } }
        let tasks = Array(found.prefix(limit))
        return TaskPage(tasks: tasks, next: found.count > limit ? tasks.last.map { TaskCursor(after: $0) } : nil)
    }

    static func batch(_ id: String, in workspace: Workspace, _ db: Database) throws -> BatchRecord? {
        let rows = try Row.fetchAll(
            try db.cachedStatement(
                sql: "SELECT status, tasks, cost, known_costs FROM batch_progress WHERE batch = ? AND workspace = ?"),
            arguments: [id, workspace.name])
        let acceptance = try Row.fetchOne(
            try db.cachedStatement(sql: "SELECT place, total, fingerprint FROM batches WHERE id = ? AND workspace = ?"),
            arguments: [id, workspace.name]
        ).map { BatchRecord.Acceptance(place: $0[0], total: $0[1], fingerprint: $0[2]) }
        guard acceptance != nil || !rows.isEmpty else { return nil }
        var counts: [TaskStatus: Int] = [:]
        for row in rows { TaskStatus(rawValue: row[0]).map { counts[$0] = row[1] } }
        let isCostKnown = rows.allSatisfy { $0[0] as String != TaskStatus.completed.rawValue || $0[1] as Int == $0[3] as Int }
        return BatchRecord(
            id: id, workspace: workspace, acceptance: acceptance, counts: counts,
            cost: isCostKnown ? rows.reduce(0) { $0 + ($1[2] as Double) } : nil)
    }

    static func history(_ key: TaskKey, _ db: Database) throws -> TaskHistory? {
        guard let record = try record(key, db) else { return nil }
        let rows = try Row.fetchAll(
            try db.cachedStatement(
                sql: """
                    SELECT life, attempt, deployment, started_at, duration, error_type, error_message, error_status, is_retryable \
                    FROM attempts WHERE life BETWEEN ? AND ?
                    """),
            arguments: [LifeKey.all(of: record.number).lowerBound, LifeKey.all(of: record.number).upperBound])
        let attempts = Dictionary(grouping: rows) { LifeKey(rawValue: $0[0]).redrives }.mapValues { $0.map(attempt) }
        let lives = try (0...record.redrives).compactMap { redrives -> TaskHistory.Life? in
            let end = try end(of: record, redrives: redrives, db)
            let attempts = attempts[redrives] ?? []
            // Lives that the ledger has forgotten, or never saw.
            guard redrives == record.redrives || end != nil || !attempts.isEmpty else { return nil }
            return TaskHistory.Life(redrives: redrives, attempts: attempts, end: end?.event)
        }
        return TaskHistory(record: record, lives: lives)
    }

    private static func attempt(_ row: Row) -> TaskAttempt {
        TaskAttempt(
            number: row[1], deployment: row[2], startedAt: Timestamp(millisecondsSinceEpoch: row[3]),
            duration: .milliseconds(row[4] as Int64),
            error: (row[5] as String?).map { TaskFailure(type: $0, message: row[6] ?? "", status: row[7], isRetryable: row[8] ?? false) })
    }

    static func statistics(_ workspace: Workspace?, since: Timestamp, _ db: Database) throws -> LedgerStatistics {
        var statistics = LedgerStatistics()
        let totals = try Row.fetchAll(
            try db.cachedStatement(
                sql: """
                    SELECT model, status, TOTAL(tasks), TOTAL(cost), TOTAL(input_tokens), TOTAL(output_tokens), TOTAL(unpriced) \
                    FROM totals WHERE ?1 IS NULL OR workspace = ?1 GROUP BY model, status HAVING TOTAL(tasks) > 0
                    """), arguments: [workspace?.name])
        for row in totals {
            guard let status = TaskStatus(rawValue: row[1]) else { continue }
            var model = statistics.models[row[0] as String] ?? .init()
            model.counts[status] = row.count(2)
            model.costs.known += row.amount(3)
            model.costs.unpricedTasks += row.count(6)
            model.inputTokens += row.count(4)
            model.outputTokens += row.count(5)
            statistics.models[row[0] as String] = model
        }
        let minutes = try Row.fetchAll(
            try db.cachedStatement(
                sql: """
                    SELECT minute, TOTAL(submitted), TOTAL(completed), TOTAL(failed), TOTAL(cost), TOTAL(unpriced) FROM minutes \
                    WHERE minute >= ?2 AND (?1 IS NULL OR workspace = ?1) GROUP BY minute ORDER BY minute
                    """), arguments: [workspace?.name, since.millisecondsSinceEpoch / 60_000])
        statistics.minutes = minutes.map { row in
            .init(
                start: Timestamp(millisecondsSinceEpoch: (row[0] as Int64) * 60_000), submitted: row.count(1), completed: row.count(2),
                failed: row.count(3), costs: .init(known: row.amount(4), unpricedTasks: row.count(5)))
        }
        return statistics
    }

    static func position(_ db: Database) throws -> LedgerPosition? {
        guard let row = try Row.fetchOne(db, sql: "SELECT stream_offset, fingerprint FROM reading"), let offset = row[0] as Int64? else {
            return nil
        }
        return LedgerPosition(offset: offset, fingerprint: row[1])
    }
}
