internal import GRDB
internal import MoltBotCore

/// What some entries of the stream change in the progress of task batches, so that a batch's progress is a handful of rows, however
/// many tasks it has.
///
/// Follows from the difference between a record as the file had it and as it is stored, in the same transaction; so entries that come
/// twice, in another order or cut in other places lead to the same counts. The counts of a batch outlive those of its tasks that
/// retention removes: a batch is told of as a whole, or not at all.
struct BatchProgressChanges {
    private struct Key: Hashable {
        var batch: String
        var workspace: Workspace
        var status: TaskStatus
    }

    private struct Sums {
        var tasks = 0
        var cost = 0.0
        var knownCosts = 0
        /// When the newest of the tasks was made, in milliseconds since 1970.
        var newest = Int64.min
    }

    private var sums: [Key: Sums] = [:]

    /// A record is new (`old` is nil) or differs from what the file had.
    mutating func changed(_ old: TaskRecord?, to new: TaskRecord) {
        if old?.batch == nil, new.batch == nil { return }
        if let old { add(old, sign: -1) }
        add(new, sign: 1)
    }

    /// A record never was a task: its message was refused.
    mutating func takenBack(_ record: TaskRecord) { add(record, sign: -1) }

    func store(in db: Database) throws {
        let change = try db.cachedStatement(
            sql: """
                INSERT INTO batch_progress VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET tasks = tasks + excluded.tasks, \
                cost = cost + excluded.cost, known_costs = known_costs + excluded.known_costs, newest = MAX(newest, excluded.newest)
                """)
        let clear = try db.cachedStatement(
            sql: "DELETE FROM batch_progress WHERE batch = ? AND workspace = ? AND status = ? AND tasks <= 0")
        for (key, sums) in sums {
            try change.execute(arguments: [
                key.batch, key.workspace.name, key.status.rawValue, sums.tasks, sums.cost, sums.knownCosts, sums.newest,
            ])
            if sums.tasks < 0 { try clear.execute(arguments: [key.batch, key.workspace.name, key.status.rawValue]) }
        }
    }

    private mutating func add(_ record: TaskRecord, sign: Int) {
        guard let batch = record.batch else { return }
        let key = Key(batch: batch, workspace: record.workspace, status: record.status)
        var sums = sums[key] ?? Sums()
        sums.tasks += sign
        sums.cost += Double(sign) * record.countedCost
        sums.knownCosts += record.cost == nil ? 0 : sign
        sums.newest = max(sums.newest, record.createdAt.millisecondsSinceEpoch)
        self.sums[key] = sums
    }
}
