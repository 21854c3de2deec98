internal import GRDB
internal import MoltBotCore

/// A list of tasks as SQL: each part of it walks one index in the list's order and stops at the limit.
struct TaskListQuery {
    private var conditions: [String] = []
    private var arguments: StatementArguments = []
    private var source = "tasks t"
    private var order = "t.created_at DESC, t.number DESC"
    private let limit: Int
    /// Whether there are so few texts like this one's that each can be kept ready: one for each number of entries is too many.
    private let isCommon: Bool

    /// - Parameter status: one of the filter's; a list of several is put together from one query each, since an index is in the
    ///   order of time within one status only.
    init(_ filter: TaskFilter, status: TaskStatus?, after cursor: TaskCursor?, limit: Int) {
        self.limit = limit
        isCommon = filter.metadata.isEmpty
        var time = "t"
        let metadata = filter.metadata.sorted { $0.key < $1.key }
        for (index, entry) in metadata.enumerated() {
            let name = "m\(index)"
            // CROSS keeps SQLite from turning the order around: the first entry's rows are few, and in the order of time.
            source = index == 0 ? "task_metadata m0 CROSS JOIN tasks t" : source
            if index == 0 {
                add("m0.name = ? AND m0.value = ? AND t.number = m0.number", [entry.key, TaskRecord.searchText(.string(entry.value))])
                if let workspace = filter.workspace { add("m0.workspace = ?", [workspace.name]) }
                if filter.workspace != nil { time = "m0" }
            } else {
                add(
                    """
                    EXISTS (SELECT 1 FROM task_metadata \(name) WHERE \(name).workspace = t.workspace AND \(name).name = ? \
                    AND \(name).value = ? AND \(name).created_at = t.created_at AND \(name).number = t.number)
                    """, [entry.key, TaskRecord.searchText(.string(entry.value))])
            }
        }
        order = "\(time).created_at DESC, \(time).number DESC"
        if let workspace = filter.workspace { add("t.workspace = ?", [workspace.name]) }
        if let status { add("t.status = ?", [status.rawValue]) }
        if let model = filter.model { add("t.model = ?", [model]) }
        if let batch = filter.batch { add("t.batch = ?", [batch]) }
        if let from = filter.createdFrom { add("\(time).created_at >= ?", [from.millisecondsSinceEpoch]) }
        if let before = filter.createdBefore { add("\(time).created_at < ?", [before.millisecondsSinceEpoch]) }
        if let cursor { add("(\(time).created_at, \(time).number) < (?, ?)", [cursor.createdAt, cursor.number]) }
    }

    func fetch(_ db: Database) throws -> [TaskRecord] {
        let columns = TaskRecord.columns.split(separator: ", ").map { "t.\($0)" }.joined(separator: ", ")
        let condition = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
        let sql = "SELECT \(columns) FROM \(source) \(condition) ORDER BY \(order) LIMIT ?"
        let statement = isCommon ? try db.cachedStatement(sql: sql) : try db.makeStatement(sql: sql)
        return try Row.fetchAll(statement, arguments: arguments + [limit]).map { try TaskRecord($0) }
    }

    private mutating func add(_ condition: String, _ values: StatementArguments) {
        conditions.append(condition)
        arguments += values
    }
}
