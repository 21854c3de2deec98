package import MoltBotCore

/// The sign of life of a process with workers, by which the others know how many share a limit.
package struct WorkerPresence: Sendable, Equatable {
    /// Named in one message; whoever serves more is counted for all of them.
    private static let maximumWorkspaces = 1000
    private static let maximumCount = 10_000

    package let worker: String
    /// Workers in the process.
    package var count: Int
    /// Whose tasks they take; nil is not known.
    package var workspaces: [Workspace]?
    /// It ends: its share is free at once.
    package var isLeaving: Bool
    /// It has just come and knows nobody: whoever hears this says that it is there.
    package var isNew: Bool

    package init(worker: String, count: Int = 1, workspaces: [Workspace]? = nil, isLeaving: Bool = false, isNew: Bool = false) {
        self.worker = worker
        self.count = min(max(1, count), Self.maximumCount)
        self.workspaces = (workspaces?.count ?? 0) > Self.maximumWorkspaces ? nil : workspaces
        self.isLeaving = isLeaving
        self.isNew = isNew
    }

    var document: JSONValue {
        var members: [String: JSONValue] = ["worker": .string(worker), "leaving": .bool(isLeaving), "new": .bool(isNew)]
        members["count"] = .integer(Int64(count))
        members["workspaces"] = workspaces.map { .array($0.map { .string($0.name) }) }
        return .object(members)
    }

    init?(_ document: JSONValue) {
        guard let worker = document["worker"]?.stringValue, !worker.isEmpty, worker.utf8.count <= 64 else { return nil }
        self.init(
            worker: worker, count: document["count"]?.integerValue.flatMap { Int(exactly: $0) } ?? 1,
            workspaces: document["workspaces"]?.arrayValue?.compactMap { $0.stringValue.flatMap { Workspace($0) } },
            isLeaving: document["leaving"] == .bool(true), isNew: document["new"] == .bool(true))
    }
}
