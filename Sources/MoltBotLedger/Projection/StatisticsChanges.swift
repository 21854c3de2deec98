internal import GRDB
internal import MoltBotCore

/// What a batch changes in the sums: gathered in memory, because most of a batch's tasks share a handful of rows.
struct StatisticsChanges {
    private struct Total: Hashable {
        var workspace: Workspace
        var model: String
        var status: TaskStatus
    }

    private struct Sums {
        var tasks = 0
        var cost = 0.0
        var unpriced = 0
        var inputTokens = 0
        var outputTokens = 0
    }

    private struct Minute: Hashable {
        var minute: Int64
        var workspace: Workspace
    }

    private struct Counts {
        var submitted = 0
        var completed = 0
        var failed = 0
        var cost = 0.0
        var unpriced = 0
    }

    private var totals: [Total: Sums] = [:]
    private var minutes: [Minute: Counts] = [:]

    /// A record is new (`old` is nil) or differs from what the file had.
    mutating func changed(_ old: TaskRecord?, to new: TaskRecord) {
        if let old { add(old, sign: -1) }
        add(new, sign: 1)
        if old == nil { minutes[Self.minute(of: new.createdAt, new.workspace), default: Counts()].submitted += 1 }
        guard let end = new.endedAt, old?.endedAt != end else { return }
        let minute = Self.minute(of: end, new.workspace)
        var counts = minutes[minute] ?? Counts()
        if new.status == .completed { counts.completed += 1 } else { counts.failed += 1 }
        counts.cost += new.countedCost
        counts.unpriced += new.isUnpriced ? 1 : 0
        minutes[minute] = counts
    }

    /// A record leaves the ledger.
    mutating func removed(_ record: TaskRecord) { add(record, sign: -1) }

    /// A record never was a task: its message was refused.
    mutating func takenBack(_ record: TaskRecord) {
        add(record, sign: -1)
        minutes[Self.minute(of: record.createdAt, record.workspace), default: Counts()].submitted -= 1
    }

    func store(in db: Database) throws {
        let total = try db.cachedStatement(
            sql: """
                INSERT INTO totals (workspace, model, status, tasks, cost, input_tokens, output_tokens, unpriced) \
                VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET tasks = tasks + excluded.tasks, \
                cost = cost + excluded.cost, unpriced = unpriced + excluded.unpriced, input_tokens = input_tokens + excluded.input_tokens, \
                output_tokens = output_tokens + excluded.output_tokens
                """)
        for (key, sums) in totals {
            try total.execute(arguments: [
                key.workspace.name, key.model, key.status.rawValue, sums.tasks, sums.cost, sums.inputTokens, sums.outputTokens,
                sums.unpriced,
            ])
        }
        let minute = try db.cachedStatement(
            sql: """
                INSERT INTO minutes (minute, workspace, submitted, completed, failed, cost, unpriced) VALUES (?, ?, ?, ?, ?, ?, ?) \
                ON CONFLICT DO UPDATE SET submitted = submitted + excluded.submitted, completed = completed + excluded.completed, \
                failed = failed + excluded.failed, cost = cost + excluded.cost, unpriced = unpriced + excluded.unpriced
                """)
        for (key, counts) in minutes {
            try minute.execute(arguments: [
                key.minute, key.workspace.name, counts.submitted, counts.completed, counts.failed, counts.cost, counts.unpriced,
            ])
        }
    }

    private mutating func add(_ record: TaskRecord, sign: Int) {
        let key = Total(workspace: record.workspace, model: record.model ?? "", status: record.status)
        var sums = totals[key] ?? Sums()
        sums.tasks += sign
        sums.cost += Double(sign) * record.countedCost
        sums.unpriced += record.isUnpriced ? sign : 0
        sums.inputTokens += sign * record.countedInputTokens
        sums.outputTokens += sign * record.countedOutputTokens
        totals[key] = sums
    }

    private static func minute(of time: Timestamp, _ workspace: Workspace) -> Minute {
        Minute(minute: time.millisecondsSinceEpoch / 60_000, workspace: workspace)
    }
}
