package import MoltBotCore

/// What a worker asks before it calls a model for a task: has somebody paid for the answer already?
package struct LedgerQuestion: Sendable, Equatable {
    package var taskID: TaskID
    package var workspace: Workspace
    /// Which of the task's lives is meant: how often it was put back after it had ended.
    package var redrives: Int
    package var idempotencyKey: String?
    /// Of the payload, as an API node has written it into the message.
    package var fingerprint: String?

    package init(
        taskID: TaskID, workspace: Workspace, redrives: Int = 0, idempotencyKey: String? = nil, fingerprint: String? = nil
    ) {
        self.taskID = taskID
        self.workspace = workspace
        self.redrives = redrives
        self.idempotencyKey = idempotencyKey
        self.fingerprint = fingerprint
    }

    package init(_ task: TaskEnvelope, idempotencyKey: String? = nil) {
        self.init(
            taskID: task.id, workspace: task.queue.workspace, redrives: task.redrives, idempotencyKey: idempotencyKey,
            fingerprint: task.fingerprint)
    }
}

/// What the ledger knows of a task that is about to be called.
package enum LedgerAnswer: Sendable, Equatable {
    /// The ledger has never heard of the task, or cannot show its end.
    case unknown
    /// The task is known and has not ended, and no other one stands in its way.
    case open(TaskStatus)
    /// The task has ended, by this event.
    case ended(TaskEvent)
    /// Another task with the same idempotency key was completed, by this event.
    case paid(TaskEvent)
    /// An earlier task with the same idempotency key has not ended yet.
    case waitsFor(TaskID)
    /// The task was sent before with another payload, and its sender was told that this one does not count.
    case refused
}
