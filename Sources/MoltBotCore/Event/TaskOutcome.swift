/// The `data` of a task's events: where the task stands and, once its status is terminal, how it ended.
///
/// Every event has the same fields; what is not known yet is null.
package struct TaskOutcome: Sendable, Equatable {
    /// US dollars: more than any task costs, and so little that sums of thousands of them are whole numbers of millionths in 64 bits.
    package static let highestCost = 1e9

    package var taskID: TaskID
    package var workspace: Workspace
    package var status: TaskStatus
    package var model: String?
    package var provider: String?
    package var deployment: String?
    /// The answer's text.
    package var result: String?
    /// The assistant's whole message, with tool calls; for embeddings the provider's `data` array.
    package var message: JSONValue?
    package var finishReason: String?
    package var usage: Usage?
    /// US dollars; nil when the price is unknown, which is not the same as free.
    package var cost: Double?
    package var isCached: Bool
    package var attempts: [TaskAttempt]
    package var createdAt: Timestamp?
    package var startedAt: Timestamp?
    package var completedAt: Timestamp?
    /// Time from creation to the first start, to the millisecond.
    package var queueTime: Duration?
    package var metadata: [String: JSONValue]
    package var error: TaskFailure?

    package init(
        taskID: TaskID, workspace: Workspace, status: TaskStatus, model: String? = nil, provider: String? = nil, deployment: String? = nil,
        result: String? = nil, message: JSONValue? = nil, finishReason: String? = nil, usage: Usage? = nil, cost: Double? = nil,
        isCached: Bool = false, attempts: [TaskAttempt] = [], createdAt: Timestamp? = nil, startedAt: Timestamp? = nil,
        completedAt: Timestamp? = nil, queueTime: Duration? = nil, metadata: [String: JSONValue] = [:], error: TaskFailure? = nil
    ) {
        self.taskID = taskID
        self.workspace = workspace
        self.status = status
        self.model = model
        self.provider = provider
        self.deployment = deployment
        self.result = result
        self.message = message
        self.finishReason = finishReason
        self.usage = usage
        self.cost = cost
        self.isCached = isCached
        self.attempts = attempts
        self.createdAt = createdAt
        self.startedAt = startedAt
        self.completedAt = completedAt
        self.queueTime = queueTime
        self.metadata = metadata
        self.error = error
    }
}

/// The `data` of `task.progress`: one piece of an answer that is still being written.
package struct TaskProgress: Sendable, Equatable {
    package var taskID: TaskID
    package var workspace: Workspace
    /// Counted from 1, without gaps.
    package var sequence: Int
    /// The text that came since the piece before.
    package var delta: String

    package init(taskID: TaskID, workspace: Workspace, sequence: Int, delta: String) {
        self.taskID = taskID
        self.workspace = workspace
        self.sequence = sequence
        self.delta = delta
    }
}
