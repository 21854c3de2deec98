internal import MoltBotCore
internal import MoltBotMessaging
internal import NIOCore

/// Items as text of server-sent events.
enum LiveFrame {
    /// A comment: a client sees that the stream is open, and how long to wait before it connects again.
    static let hello = ByteBuffer(string: ": MoltBot\nretry: 2000\n\n")
    private static let heartbeat = ByteBuffer(string: ":\n\n")
    private static let gap = notice("gap", code: "gap", "Events after the given id are not kept any more; look at GET /tasks.")

    static func of(_ item: LiveListener.Item) -> ByteBuffer {
        switch item {
        case .event(let event): event.frame
        case .heartbeat: heartbeat
        case .gap: gap
        case .end(let reason): notice("end", code: reason.rawValue, reason.forPeople)
        }
    }

    /// An event that does not come from the stream.
    /// - Parameter position: the place in it to go on from.
    static func of(_ event: TaskEvent, at position: LedgerPosition?) -> ByteBuffer {
        let id = position.map { "id: \(LiveCursor($0).text)\n" } ?? ""
        var frame = ByteBuffer(string: "\(id)event: \(event.type.rawValue)\ndata: ")
        frame.writeBytes(event.encode())
        frame.writeString("\n\n")
        return frame
    }

    /// For a task that has ended by an event that can't be shown.
    static func end(of task: TaskID, as status: TaskStatus) -> ByteBuffer {
        notice(
            "end", code: "task-ended",
            "The task has ended as \(status.rawValue), by an event that this node does not keep; look at GET /tasks/\(task).")
    }

    private static func notice(_ type: String, code: String, _ detail: String) -> ByteBuffer {
        ByteBuffer(string: "event: \(type)\ndata: \(JSONValue.object(["code": .string(code), "detail": .string(detail)]))\n\n")
    }
}

extension LiveHub.EndReason {
    var forPeople: String {
        switch self {
        case .tooSlow: "Events came faster than they were read. Connect again with Last-Event-ID, and read faster or filter more."
        case .accessEnded: "The access key was revoked, or the token has expired."
        case .stopping: "This node stops. Connect again with Last-Event-ID."
        }
    }
}
