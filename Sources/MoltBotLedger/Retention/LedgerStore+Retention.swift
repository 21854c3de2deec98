internal import GRDB
internal import MoltBotCore

extension LedgerStore {
    /// Tasks that go in one transaction: the writer is not held up for longer than a batch takes.
    private static let step = 500
    /// How long after its acceptance a batch is known at least, unless all of its tasks have ended: what a node may hand over follows from
    /// how many have (``BatchRecord/ended``). Longer than a task waits on the delay ladder.
    private static let longestBatch = Duration.seconds(90 * 86_400)
    /// Pages that a step gives back to the file system.
    private static let freedPages = 2000

    /// Removes the oldest tasks that the retention no longer covers, a step at a time.
    /// - Returns: true when there may be more to remove.
    func removeExpired(_ retention: LedgerRetention, now: Timestamp) async throws(LedgerError) -> Bool {
        let earliest = now + (.zero - retention.age)
        return try await file.write { db in
            let page = try Int.fetchOne(db, sql: "PRAGMA page_size") ?? 0
            let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
            let free = try Int.fetchOne(db, sql: "PRAGMA freelist_count") ?? 0
            let isTooLarge = (pages - free) * page > retention.maximumBytes
            let (count, newest) = try Self.removeOldest(createdBefore: isTooLarge ? nil : earliest, db)
            // A batch goes when all of its tasks are older than what is kept.
            let horizon = max(newest ?? .min, earliest.millisecondsSinceEpoch)
            try db.execute(sql: "DELETE FROM minutes WHERE minute < ?", arguments: [earliest.millisecondsSinceEpoch / 60_000])
            try Self.removeBatches(before: horizon, now: now, db)
            try db.execute(sql: "DELETE FROM totals WHERE tasks = 0")
            if free + count > 0 { try db.execute(sql: "PRAGMA incremental_vacuum(\(Self.freedPages))") }
            return count == Self.step
        }
    }

    private static func removeBatches(before horizon: Int64, now: Timestamp, _ db: Database) throws {
        let ends = TaskStatus.allCases.filter(\.isTerminal).map { "'\($0.rawValue)'" }.joined(separator: ", ")
        try db.execute(
            sql: """
                DELETE FROM batches WHERE accepted_at < ? AND (accepted_at < ? OR total <= (SELECT TOTAL(tasks) FROM batch_progress \
                WHERE batch = batches.id AND workspace = batches.workspace AND status IN (\(ends))))
                """, arguments: [horizon, (now + (.zero - longestBatch)).millisecondsSinceEpoch])
        try db.execute(
            sql: """
                DELETE FROM batch_progress WHERE newest < ? AND NOT EXISTS \
                (SELECT 1 FROM batches WHERE id = batch_progress.batch AND workspace = batch_progress.workspace)
                """, arguments: [horizon])
    }

    /// - Returns: how many, and when the newest of them was made, in milliseconds since 1970.
    private static func removeOldest(createdBefore limit: Timestamp?, _ db: Database) throws -> (count: Int, newest: Int64?) {
        let rows = try Row.fetchAll(
            try db.cachedStatement(
                sql: "SELECT \(TaskRecord.columns) FROM tasks WHERE created_at < ? ORDER BY created_at LIMIT \(step)"),
            arguments: [limit?.millisecondsSinceEpoch ?? .max])
        var changes = StatisticsChanges()
        let task = try db.cachedStatement(sql: "DELETE FROM tasks WHERE number = ?")
        let results = try db.cachedStatement(sql: "DELETE FROM results WHERE life BETWEEN ? AND ?")
        let attempts = try db.cachedStatement(sql: "DELETE FROM attempts WHERE life BETWEEN ? AND ?")
        var newest: Int64?
        for row in rows {
            let record = try TaskRecord(row)
            let lives = LifeKey.all(of: record.number)
            try task.execute(arguments: [record.number])
            try results.execute(arguments: [lives.lowerBound, lives.upperBound])
            try attempts.execute(arguments: [lives.lowerBound, lives.upperBound])
            try LedgerProjection.removeMetadata(of: record, in: db)
            changes.removed(record)
            newest = record.createdAt.millisecondsSinceEpoch
        }
        try changes.store(in: db)
        return (rows.count, newest)
    }
}
