internal import GRDB
internal import MoltBotCore
internal import MoltBotMessaging

/// Applies a batch of the stream's entries to the tables, inside one transaction.
///
/// Each task that the batch speaks of is read once, changed in memory and written once, in the order in which they first came up.
struct LedgerProjection {
    /// Bytes of a terminal event that are kept; bigger answers are in the stream only.
    static let largestResult = 4 * 1024 * 1024

    /// What the batch came to, for those who wait.
    struct Outcome: Sendable {
        /// Tasks that have ended, or whose present life has.
        var ended: [TaskKey] = []
    }

    private struct End {
        var key: TaskKey
        var redrives: Int
        var entry: LedgerEntry
    }

    private let db: Database
    private let base: Int64
    private let now: Timestamp
    private var tracked: [TaskKey: TrackedTask] = [:]
    private var order: [TaskKey] = []
    private var ends: [End] = []
    /// Records that the file had.
    private var removed: [TaskRecord] = []
    private var attempts: [(key: TaskKey, redrives: Int, attempts: [TaskAttempt])] = []

    /// - Parameter base: added to offsets, so that a stream that began anew gives numbers of its own.
    init(_ db: Database, base: Int64, now: Timestamp) {
        self.db = db
        self.base = base
        self.now = now
    }

    static func apply(_ batch: LedgerBatch, now: Timestamp, in db: Database) throws -> Outcome {
        guard let last = batch.entries.last else { return Outcome() }
        if batch.beginsAnew {
            try db.execute(sql: "UPDATE reading SET base = (SELECT COALESCE(MAX(number) + 1, 0) FROM tasks)")
        }
        let base = try Int64.fetchOne(db, sql: "SELECT base FROM reading") ?? 0
        var projection = LedgerProjection(db, base: base, now: now)
        for entry in batch.entries { try projection.apply(entry) }
        let outcome = try projection.store()
        try db.execute(
            sql: "UPDATE reading SET stream_offset = ?, fingerprint = ?", arguments: [last.position.offset, last.position.fingerprint])
        return outcome
    }

    private mutating func apply(_ entry: LedgerEntry) throws {
        let number = base + entry.offset
        switch entry.content {
        case .task(let task):
            let now = now
            let key = TaskKey(id: task.id, workspace: task.workspace)
            try change(key, orInsert: TaskRecord(task, number: number, now: now)) { $0.apply(task) }
        case .event(let event):
            guard let outcome = event.outcome else { return }
            let key = TaskKey(id: outcome.taskID, workspace: outcome.workspace)
            let effect = try change(key, orInsert: TaskRecord(outcome, number: number, at: event.time)) { $0.apply(event) }
            note(effect, key, outcome, entry)
        case .refused(let task):
            try remove(task)
        case .batch(let batch):
            try store(batch)
        case .barrier, .other:
            break
        }
    }

    /// Only what the refused message itself has told: a task that was taken, before or since, stays.
    private mutating func remove(_ task: RefusedTask) throws {
        let key = TaskKey(id: task.id, workspace: task.workspace)
        let known = try tracked[key] ?? stored(key).map { TrackedTask(stored: $0) }
        guard let known, known.record.isOnlyAnnounced, known.record.createdAt == task.createdAt else { return }
        if let stored = known.stored {
            // At once: the next message of the task, perhaps in this batch, begins a new record.
            try db.cachedStatement(sql: "DELETE FROM tasks WHERE number = ?").execute(arguments: [stored.number])
            try Self.removeMetadata(of: stored, in: db)
            removed.append(stored)
        }
        tracked[key] = nil
        order.removeAll { $0 == key }
    }

    /// Of a batch that was sent twice the first one in the stream counts.
    private func store(_ batch: TaskBatch) throws {
        let statement = try db.cachedStatement(sql: "INSERT OR IGNORE INTO batches VALUES (?, ?, ?, ?, ?, ?)")
        try statement.execute(arguments: [
            batch.id, batch.workspace.name, batch.place, batch.total, batch.fingerprint, batch.acceptedAt.millisecondsSinceEpoch,
        ])
    }

    private mutating func note(_ effect: TaskRecord.Effect, _ key: TaskKey, _ outcome: TaskOutcome, _ entry: LedgerEntry) {
        switch effect {
        case .nothing: return
        case .changed:
            guard !outcome.attempts.isEmpty, let record = tracked[key]?.record else { return }
            attempts.append((key, record.redrives, outcome.attempts))
        case .ended(let redrives):
            attempts.append((key, redrives, outcome.attempts))
            ends.append(End(key: key, redrives: redrives, entry: entry))
        }
    }

    @discardableResult
    private mutating func change(
        _ key: TaskKey, orInsert new: @autoclosure () -> TaskRecord, _ body: (inout TaskRecord) -> TaskRecord.Effect
    ) throws -> TaskRecord.Effect {
        if tracked[key] == nil {
            tracked[key] = try stored(key).map { TrackedTask(stored: $0) } ?? TrackedTask(new: new())
            order.append(key)
        }
        // Through the optional, in place: a record is large to copy.
        guard let effect = tracked[key]?.change(body) else { return .nothing }
        return effect
    }

    private func stored(_ key: TaskKey) throws -> TaskRecord? {
        let statement = try db.cachedStatement(sql: "SELECT \(TaskRecord.columns) FROM tasks WHERE id = ? AND workspace = ?")
        return try Row.fetchOne(statement, arguments: [key.id.rawValue, key.workspace.name]).map { try TaskRecord($0) }
    }

    // MARK: Writing

    private func store() throws -> Outcome {
        var changes = StatisticsChanges()
        var batches = BatchProgressChanges()
        for record in removed {
            changes.takenBack(record)
            batches.takenBack(record)
        }
        let tasks = try db.cachedStatement(sql: TaskRecord.store)
        let progress = try db.cachedStatement(sql: TaskRecord.storeProgress)
        for key in order {
            guard let task = tracked[key], task.isChanged else { continue }
            batches.changed(task.stored, to: task.record)
            if let stored = task.stored, task.record.isProgress(of: stored) {
                try progress.execute(arguments: task.record.progressArguments)
                changes.changed(stored, to: task.record)
                continue
            }
            try tasks.execute(arguments: task.record.arguments)
            if task.stored?.metadata != task.record.metadata || task.stored?.createdAt != task.record.createdAt {
                try storeMetadata(task)
            }
            changes.changed(task.stored, to: task.record)
        }
        try storeAttempts()
        try storeResults()
        try changes.store(in: db)
        try batches.store(in: db)
        return Outcome(ended: ends.map(\.key))
    }

    private func storeMetadata(_ task: TrackedTask) throws {
        if let stored = task.stored { try Self.removeMetadata(of: stored, in: db) }
        guard !task.record.metadata.isEmpty else { return }
        let statement = try db.cachedStatement(sql: "INSERT OR IGNORE INTO task_metadata VALUES (?, ?, ?, ?, ?)")
        for (name, value) in task.record.searchableMetadata {
            try statement.execute(arguments: Self.metadataArguments(task.record, name, value))
        }
    }

    static func removeMetadata(of record: TaskRecord, in db: Database) throws {
        guard !record.metadata.isEmpty else { return }
        let statement = try db.cachedStatement(
            sql: "DELETE FROM task_metadata WHERE workspace = ? AND name = ? AND value = ? AND created_at = ? AND number = ?")
        for (name, value) in record.searchableMetadata {
            try statement.execute(arguments: metadataArguments(record, name, value))
        }
    }

    private static func metadataArguments(_ record: TaskRecord, _ name: String, _ value: String) -> StatementArguments {
        [record.workspace.name, name, value, record.createdAt.millisecondsSinceEpoch, record.number]
    }

    private func storeAttempts() throws {
        let statement = try db.cachedStatement(sql: "INSERT OR IGNORE INTO attempts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")
        for (key, redrives, attempts) in attempts {
            guard let number = tracked[key]?.record.number else { continue }
            for attempt in attempts.suffix(TaskAttempt.historyLimit) {
                try statement.execute(arguments: [
                    LifeKey(number: number, redrives: redrives).rawValue, attempt.number, attempt.deployment,
                    attempt.startedAt.millisecondsSinceEpoch, attempt.duration.wholeMilliseconds, attempt.error?.type,
                    attempt.error.map { String($0.message.prefix(Self.longestMessage)) }, attempt.error?.status, attempt.error?.isRetryable,
                ])
            }
        }
    }

    /// Characters of an attempt's error; the terminal event has the last one in full.
    private static let longestMessage = 500

    /// The first event that ended a life stays.
    private func storeResults() throws {
        let statement = try db.cachedStatement(sql: "INSERT OR IGNORE INTO results VALUES (?, ?, ?)")
        for end in ends {
            guard let number = tracked[end.key]?.record.number else { continue }
            let event: String? =
                end.entry.bodySize > Self.largestResult ? nil : end.entry.withBody { String(decoding: $0, as: UTF8.self) }
            try statement.execute(arguments: [LifeKey(number: number, redrives: end.redrives).rawValue, end.entry.bodySize, event])
        }
    }
}
