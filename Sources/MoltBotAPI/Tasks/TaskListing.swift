internal import Hummingbird
internal import MoltBotCore
internal import MoltBotLedger

/// What the query of `GET /tasks` asks for.
struct TaskListing {
    private static let defaultLimit = 20
    private static let limits = 1...100
    /// Entries of the metadata that a list can be narrowed by; each costs a look for each task.
    private static let maximumEntries = 10
    private static let names = ["status", "model", "batch_id", "created_after", "created_before", "limit", "cursor"]

    let filter: TaskFilter
    let cursor: TaskCursor?
    let limit: Int
    /// The query without the cursor.
    private let rest: String

    /// - Throws: 400 naming the parameter.
    init(_ request: Request, _ caller: Caller) throws(Problem) {
        let query = try Query(request, known: Self.names, prefixes: ["metadata.", "metadata["])
        var filter = TaskFilter(workspace: caller.workspace)
        filter.statuses = try Self.statuses(query)
        filter.model = query["model"]
        filter.batch = query["batch_id"]
        filter.createdFrom = try query.timestamp("created_after")
        filter.createdBefore = try query.timestamp("created_before")
        filter.metadata = try Self.metadata(query)
        self.filter = filter
        limit = try query.integer("limit", in: Self.limits) ?? Self.defaultLimit
        if let text = query["cursor"] {
            guard let cursor = TaskCursor(text) else {
                throw .invalidQuery("cursor", expected: "next_cursor of an earlier answer", got: text)
            }
            self.cursor = cursor
        } else {
            cursor = nil
        }
        rest = (request.uri.query ?? "").split(separator: "&").filter { !$0.hasPrefix("cursor=") }.joined(separator: "&")
    }

    /// The header field of the next page (RFC 8288).
    func link(to next: TaskCursor) -> String {
        "</tasks?\(rest.isEmpty ? "" : rest + "&")cursor=\(PercentEncoding.encode(next.description))>; rel=\"next\""
    }

    /// `metadata.NAME=VALUE`, or `metadata[NAME]=VALUE` as OpenAPI's style deepObject writes it.
    private static func metadata(_ query: Query) throws(Problem) -> [String: String] {
        var entries = query.values(withPrefix: "metadata.")
        for (name, value) in query.values(withPrefix: "metadata[") {
            guard name.hasSuffix("]") else {
                throw .invalid(
                    "invalid-query", "A query parameter is wrong",
                    fields: [FieldProblem(path: "metadata[" + name.prefix(64), message: "expected metadata[NAME]")])
            }
            entries[String(name.dropLast())] = value
        }
        guard entries.count <= maximumEntries else {
            throw .invalid(
                "invalid-query", "A query parameter is wrong",
                fields: [
                    FieldProblem(
                        path: "metadata",
                        message: "at most \(maximumEntries) entries, got \(entries.count): ask for those that few tasks have, and look at "
                            + "the metadata of the answer")
                ])
        }
        return entries
    }

    /// One status, or several with commas between. `pending` is what the original MoltBot called queued tasks.
    private static func statuses(_ query: Query) throws(Problem) -> Set<TaskStatus> {
        var statuses: Set<TaskStatus> = []
        for name in (query["status"] ?? "").split(separator: ",") {
            guard let status = name == "pending" ? .queued : TaskStatus(rawValue: String(name)) else {
                let known = TaskStatus.allCases.map(\.rawValue).joined(separator: ", ")
                throw .invalidQuery("status", expected: "some of \(known), with commas between", got: String(name))
            }
            statuses.insert(status)
        }
        return statuses
    }
}
