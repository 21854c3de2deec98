internal import GRDB
internal import MoltBotCore

/// A record as a row of table `tasks`.
extension TaskRecord {
    /// The columns in the order of ``arguments`` and ``init(_:)``.
    static let columns = """
        number, id, workspace, status, status_at, redrives, is_announced, is_created_known, lane, priority, model, provider, deployment, \
        created_at, started_at, ended_at, run_at, deadline, attempts, cost, input_tokens, output_tokens, cached_tokens, \
        reasoning_tokens, error_type, idempotency_key, batch, metadata, fingerprint
        """

    /// Inserts the record, or writes over the one with its number.
    static let store = "REPLACE INTO tasks (\(columns)) VALUES (\(Array(repeating: "?", count: 29).joined(separator: ", ")))"

    /// Writes what a task's progress changes and leaves the rest, with its indices, alone: arguments are ``progressArguments``.
    static let storeProgress = """
        UPDATE tasks SET status = ?, status_at = ?, provider = ?, deployment = ?, started_at = ?, ended_at = ?, attempts = ?, cost = ?, \
        input_tokens = ?, output_tokens = ?, cached_tokens = ?, reasoning_tokens = ?, error_type = ? WHERE number = ?
        """

    /// True when only what ``storeProgress`` writes is different.
    func isProgress(of old: TaskRecord) -> Bool {
        isAnnounced == old.isAnnounced && redrives == old.redrives && model == old.model && createdAt == old.createdAt
            && isCreationKnown == old.isCreationKnown
    }

    var progressArguments: StatementArguments {
        [
            status.rawValue, statusAt.millisecondsSinceEpoch, provider, deployment, startedAt?.millisecondsSinceEpoch,
            endedAt?.millisecondsSinceEpoch, attempts, cost, usage?.inputTokens, usage?.outputTokens, usage?.cachedInputTokens,
            usage?.reasoningTokens, errorType, number,
        ]
    }

    /// - Throws: ``RowError`` for a row that this version did not write.
    init(_ row: Row) throws(RowError) {
        guard let id = TaskID(row[1]), let workspace = Workspace(row[2]), let status = TaskStatus(rawValue: row[3]) else {
            throw RowError()
        }
        self.init(number: row[0], id: id, workspace: workspace, createdAt: Timestamp(millisecondsSinceEpoch: row[13]))
        self.status = status
        statusAt = Timestamp(millisecondsSinceEpoch: row[4])
        redrives = row[5]
        isAnnounced = row[6]
        isCreationKnown = row[7]
        lane = (row[8] as String?).flatMap { Lane(rawValue: $0) }
        priority = row[9]
        model = row[10]
        provider = row[11]
        deployment = row[12]
        startedAt = Self.time(row[14])
        endedAt = Self.time(row[15])
        runAt = Self.time(row[16])
        deadline = Self.time(row[17])
        attempts = row[18]
        cost = row[19]
        if let input = row[20] as Int? {
            usage = Usage(inputTokens: input, outputTokens: row[21], cachedInputTokens: row[22], reasoningTokens: row[23])
        }
        errorType = row[24]
        idempotencyKey = row[25]
        batch = row[26]
        metadata = try Self.metadata(row[27])
        fingerprint = row[28]
    }

    var arguments: StatementArguments {
        [
            number, id.rawValue, workspace.name, status.rawValue, statusAt.millisecondsSinceEpoch, redrives, isAnnounced, isCreationKnown,
            lane?.rawValue, priority, model, provider, deployment, createdAt.millisecondsSinceEpoch, startedAt?.millisecondsSinceEpoch,
            endedAt?.millisecondsSinceEpoch, runAt?.millisecondsSinceEpoch, deadline?.millisecondsSinceEpoch, attempts, cost,
            usage?.inputTokens, usage?.outputTokens, usage?.cachedInputTokens, usage?.reasoningTokens, errorType, idempotencyKey, batch,
            metadata.isEmpty ? nil : JSONValue.object(metadata).description, fingerprint,
        ]
    }

    /// A row that cannot be read: the file was written by something else.
    struct RowError: Error {}

    private static func time(_ milliseconds: Int64?) -> Timestamp? {
        milliseconds.map { Timestamp(millisecondsSinceEpoch: $0) }
    }

    private static func metadata(_ text: String?) throws(RowError) -> [String: JSONValue] {
        guard let text else { return [:] }
        guard let members = (try? JSONValue.parse(text))?.objectValue else { throw RowError() }
        return members
    }
}

extension TaskRecord {
    /// What a task's metadata can be found by: texts, numbers and truth values as the sender wrote them, long ones by their start.
    var searchableMetadata: [(name: String, value: String)] {
        metadata.map { ($0.key, Self.searchText($0.value)) }
    }

    /// Characters of a value that count for finding it.
    private static let searchedLength = 200

    static func searchText(_ value: JSONValue) -> String {
        String((value.stringValue ?? value.description).prefix(searchedLength))
    }
}
