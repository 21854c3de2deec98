internal import GRDB

/// The tables of the ledger's file. Everything in them comes from the stream; a file that cannot be migrated may be deleted.
enum LedgerSchema {
    static let migrator: DatabaseMigrator = {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { db in try db.execute(sql: tables + indices) }
        migrator.registerMigration("2") { db in try db.execute(sql: "ALTER TABLE tasks ADD COLUMN fingerprint TEXT") }
        migrator.registerMigration("3") { db in
            try db.execute(
                sql: """
                    CREATE TABLE batches (
                        id TEXT NOT NULL, workspace TEXT NOT NULL, place TEXT NOT NULL, total INTEGER NOT NULL, fingerprint TEXT,
                        accepted_at INTEGER NOT NULL,
                        PRIMARY KEY (id, workspace)
                    ) WITHOUT ROWID;
                    CREATE INDEX batches_by_time ON batches (accepted_at);
                    """)
        }
        migrator.registerMigration("4") { db in try db.execute(sql: batchProgress) }
        migrator.registerMigration("5") { db in try db.execute(sql: unpriced) }
        // The first of a key's tasks with a status is found at once, however many there are.
        migrator.registerMigration("6") { db in
            try db.execute(
                sql: """
                    DROP INDEX tasks_by_key;
                    CREATE INDEX tasks_by_key ON tasks (workspace, idempotency_key, status, number) WHERE idempotency_key IS NOT NULL;
                    """)
        }
        return migrator
    }()

    /// How many of a batch's tasks have each status, which was counted task by task before. The index of the batches' tasks is for
    /// lists of them alone since then, and in the order of time.
    private static let batchProgress = """
        CREATE TABLE batch_progress (
            batch TEXT NOT NULL, workspace TEXT NOT NULL, status TEXT NOT NULL, tasks INTEGER NOT NULL, cost REAL NOT NULL,
            known_costs INTEGER NOT NULL, newest INTEGER NOT NULL,
            PRIMARY KEY (batch, workspace, status)
        ) WITHOUT ROWID;
        CREATE INDEX batch_progress_by_time ON batch_progress (newest);
        INSERT INTO batch_progress SELECT batch, workspace, status, COUNT(*), TOTAL(cost), COUNT(cost), MAX(created_at) FROM tasks \
            WHERE batch IS NOT NULL GROUP BY batch, workspace, status;
        DROP INDEX tasks_by_batch;
        CREATE INDEX tasks_by_batch ON tasks (batch, workspace, created_at) WHERE batch IS NOT NULL;
        """

    /// How many completed tasks a sum of costs lacks. Of the minutes before it nobody knows any more.
    private static let unpriced = """
        ALTER TABLE totals ADD COLUMN unpriced INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE minutes ADD COLUMN unpriced INTEGER NOT NULL DEFAULT 0;
        UPDATE totals SET unpriced = (SELECT COUNT(*) FROM tasks WHERE tasks.workspace = totals.workspace \
            AND tasks.status = totals.status AND IFNULL(tasks.model, '') = totals.model AND cost IS NULL) WHERE status = 'completed';
        """

    /// Times are milliseconds since 1970-01-01T00:00:00Z. `number` is where the stream first told of the task, so it is the same on
    /// every node. The key of a life is `number` * 1000 + how often the task was put back.
    private static let tables = """
        CREATE TABLE tasks (
            number INTEGER PRIMARY KEY, id TEXT NOT NULL, workspace TEXT NOT NULL, status TEXT NOT NULL, status_at INTEGER NOT NULL,
            redrives INTEGER NOT NULL, is_announced INTEGER NOT NULL, is_created_known INTEGER NOT NULL, lane TEXT, priority INTEGER,
            model TEXT, provider TEXT, deployment TEXT, created_at INTEGER NOT NULL, started_at INTEGER, ended_at INTEGER,
            run_at INTEGER, deadline INTEGER, attempts INTEGER NOT NULL, cost REAL, input_tokens INTEGER, output_tokens INTEGER,
            cached_tokens INTEGER, reasoning_tokens INTEGER, error_type TEXT, idempotency_key TEXT, batch TEXT, metadata TEXT
        );
        CREATE TABLE results (life INTEGER PRIMARY KEY, bytes INTEGER NOT NULL, event TEXT);
        CREATE TABLE attempts (
            life INTEGER NOT NULL, attempt INTEGER NOT NULL, deployment TEXT, started_at INTEGER NOT NULL, duration INTEGER NOT NULL,
            error_type TEXT, error_message TEXT, error_status INTEGER, is_retryable INTEGER,
            PRIMARY KEY (life, attempt)
        ) WITHOUT ROWID;
        CREATE TABLE task_metadata (
            workspace TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, created_at INTEGER NOT NULL, number INTEGER NOT NULL,
            PRIMARY KEY (workspace, name, value, created_at, number)
        ) WITHOUT ROWID;
        CREATE TABLE totals (
            workspace TEXT NOT NULL, model TEXT NOT NULL, status TEXT NOT NULL, tasks INTEGER NOT NULL, cost REAL NOT NULL,
            input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL,
            PRIMARY KEY (workspace, model, status)
        ) WITHOUT ROWID;
        CREATE TABLE minutes (
            minute INTEGER NOT NULL, workspace TEXT NOT NULL, submitted INTEGER NOT NULL, completed INTEGER NOT NULL,
            failed INTEGER NOT NULL, cost REAL NOT NULL,
            PRIMARY KEY (minute, workspace)
        ) WITHOUT ROWID;
        CREATE TABLE reading (
            one INTEGER PRIMARY KEY CHECK (one = 1), stream_offset INTEGER, fingerprint TEXT, base INTEGER NOT NULL
        );
        INSERT INTO reading VALUES (1, NULL, NULL, 0);
        """

    private static let indices = """
        CREATE UNIQUE INDEX tasks_by_id ON tasks (id, workspace);
        CREATE INDEX tasks_by_time ON tasks (created_at);
        CREATE INDEX tasks_by_workspace ON tasks (workspace, created_at);
        CREATE INDEX tasks_by_status ON tasks (workspace, status, created_at);
        CREATE INDEX tasks_by_model ON tasks (workspace, model, status, created_at);
        CREATE INDEX tasks_by_key ON tasks (workspace, idempotency_key) WHERE idempotency_key IS NOT NULL;
        CREATE INDEX tasks_by_batch ON tasks (batch, workspace, status, cost) WHERE batch IS NOT NULL;
        """
}

/// One life of a task: a task that was put back after it had ended gets another.
struct LifeKey: Hashable {
    /// Of ``TaskEnvelope/maximumRedrives``.
    private static let livesOfATask: Int64 = 1000

    let rawValue: Int64

    init(rawValue: Int64) {
        self.rawValue = rawValue
    }

    /// - Parameter redrives: beyond what a task can have had: the last life there is.
    init(number: Int64, redrives: Int) {
        rawValue = number * Self.livesOfATask + min(max(0, Int64(redrives)), Self.livesOfATask - 1)
    }

    var redrives: Int { Int(rawValue % Self.livesOfATask) }

    /// Every life of a task.
    static func all(of number: Int64) -> ClosedRange<Int64> {
        number * livesOfATask...number * livesOfATask + livesOfATask - 1
    }
}
