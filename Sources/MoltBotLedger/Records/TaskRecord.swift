package import MoltBotCore

/// Where a task stands, as far as the ledger has been read.
package struct TaskRecord: Sendable, Equatable {
    /// Where the stream first told of the task; the same on every node, and the order of tasks of the same millisecond.
    package internal(set) var number: Int64
    package internal(set) var id: TaskID
    package internal(set) var workspace: Workspace
    package internal(set) var status: TaskStatus
    /// When the status was reached, by the clock of whoever said so.
    package internal(set) var statusAt: Timestamp
    /// How often the task was put back after it had ended; everything below is about the life since then.
    package internal(set) var redrives = 0
    /// Nil while only events have told of the task.
    package internal(set) var lane: Lane?
    package internal(set) var priority: Int?
    package internal(set) var model: String?
    package internal(set) var provider: String?
    package internal(set) var deployment: String?
    package internal(set) var createdAt: Timestamp
    package internal(set) var startedAt: Timestamp?
    package internal(set) var endedAt: Timestamp?
    package internal(set) var runAt: Timestamp?
    package internal(set) var deadline: Timestamp?
    /// Attempts that have ended.
    package internal(set) var attempts = 0
    /// US dollars; nil while unknown.
    package internal(set) var cost: Double?
    package internal(set) var usage: Usage?
    /// The `type` of the error of a task that did not complete.
    package internal(set) var errorType: String?
    package internal(set) var idempotencyKey: String?
    /// Of the payload that came with the idempotency key first, where its sender made one.
    package internal(set) var fingerprint: String?
    package internal(set) var batch: String?
    package internal(set) var metadata: [String: JSONValue] = [:]
    /// True once the task's own message was read; events may come before it.
    var isAnnounced = false
    /// False while `createdAt` is only the time of the first event.
    var isCreationKnown = false
    /// True when it has completed and nobody can say for how much.
    var isUnpriced: Bool { status == .completed && cost == nil }

    init(number: Int64, id: TaskID, workspace: Workspace, createdAt: Timestamp) {
        self.number = number
        self.id = id
        self.workspace = workspace
        self.createdAt = createdAt
        status = .queued
        statusAt = createdAt
    }
}

/// A task with the event that ended it.
package struct TaskDetail: Sendable, Equatable {
    package let record: TaskRecord
    /// Of the task's present life; nil while it has not ended, and when ``isResultTooLarge``.
    package let end: TaskEvent?
    /// True when the terminal event is bigger than what the ledger keeps of one.
    package let isResultTooLarge: Bool
}

/// What happened to a task, oldest life first.
package struct TaskHistory: Sendable, Equatable {
    package struct Life: Sendable, Equatable {
        package let redrives: Int
        package let attempts: [TaskAttempt]
        /// Nil while it lasts, or when the event was too large to keep.
        package let end: TaskEvent?
    }

    package let record: TaskRecord
    package let lives: [Life]
}
