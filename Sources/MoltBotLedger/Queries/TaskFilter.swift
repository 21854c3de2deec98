package import MoltBotCore

/// Which tasks a list shows. What is nil or empty does not restrict it.
package struct TaskFilter: Sendable, Equatable {
    package var workspace: Workspace?
    /// One of these.
    package var statuses: Set<TaskStatus> = []
    package var model: String?
    package var batch: String?
    package var createdFrom: Timestamp?
    /// Exclusive.
    package var createdBefore: Timestamp?
    /// Each entry has to be there, with this value; numbers and truth values as JSON writes them, of long texts the first 200 characters.
    package var metadata: [String: String] = [:]

    package init(workspace: Workspace?) {
        self.workspace = workspace
    }
}

/// Where a list goes on: after this task, in the list's order. The same on every node.
package struct TaskCursor: Sendable, Equatable, CustomStringConvertible {
    let createdAt: Int64
    let number: Int64

    init(after record: TaskRecord) {
        createdAt = record.createdAt.millisecondsSinceEpoch
        number = record.number
    }

    /// Nil when the text is none that ``description`` made.
    package init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let createdAt = Int64(parts[0], radix: 36), let number = Int64(parts[1], radix: 36) else { return nil }
        self.createdAt = createdAt
        self.number = number
    }

    /// Opaque to those who hand it back.
    package var description: String { String(createdAt, radix: 36) + "." + String(number, radix: 36) }
}

/// A part of a list, newest first.
package struct TaskPage: Sendable, Equatable {
    package let tasks: [TaskRecord]
    /// Nil at the list's end.
    package let next: TaskCursor?
}
