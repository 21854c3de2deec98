internal import MoltBotCore

/// What a WebSocket's `subscribe` asks for. What is not understood is refused: a misspelt filter must not look like none.
struct SocketSubscription: Sendable {
    private static let members = ["op", "id", "types", "task", "last_event_id"]

    /// The request's, in JSON; events repeat it.
    let id: JSONValue
    private(set) var filter: LiveFilter
    let grant: Grant
    private(set) var cursor: LiveCursor?

    /// - Throws: 400 naming the member.
    init(_ message: JSONValue, _ id: JSONValue, _ caller: Caller) throws(Problem) {
        self.id = id
        grant = caller.grant
        filter = LiveFilter(workspace: caller.workspace)
        for (name, value) in message.objectValue ?? [:] {
            if !Self.members.contains(name) { throw Self.unknown(name) }
            if value.isNull { continue }
            switch name {
            case "types": filter.types = try Self.types(value)
            case "task":
                guard let task = value.stringValue.flatMap({ TaskID($0) }) else { throw .invalidMessage("task", "expected a task id") }
                filter.task = task
            case "last_event_id":
                guard let place = value.stringValue.flatMap({ LiveCursor($0) }) else {
                    throw .invalidMessage("last_event_id", "expected the id of an event")
                }
                cursor = place
            default: break
            }
        }
    }

    private static func types(_ value: JSONValue) throws(Problem) -> [EventPattern] {
        let elements = value.arrayValue ?? []
        let patterns = elements.compactMap { $0.stringValue.flatMap { EventPattern($0) } }
        guard value.arrayValue != nil, patterns.count == elements.count else {
            throw .invalidMessage("types", "expected an array of event types such as \"task.completed\" or \"task.*\"")
        }
        return patterns
    }

    private static func unknown(_ name: String) -> Problem {
        let hint =
            Spelling.nearest(to: name, in: members).map { "did you mean \"\($0)\"?" } ?? "there are \(members.joined(separator: ", "))"
        return .invalidMessage(String(name.prefix(64)), "unknown member; \(hint)")
    }
}

extension Problem {
    static func invalidMessage(_ field: String, _ message: String) -> Problem {
        .invalid("invalid-message", "Not understood", fields: [FieldProblem(path: field, message: message)])
    }
}
