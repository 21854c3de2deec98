package import MoltBotCore

/// What the ledger keeps of a task's message; what the model is given stays in the stream.
package struct LedgerTask: Sendable, Equatable {
    package var id: TaskID
    package var workspace: Workspace
    package var lane: Lane
    /// 0 to 10; nil when the sender left it to the lane.
    package var priority: Int?
    /// Nil when neither header nor property says it.
    package var createdAt: Timestamp?
    /// How often the task was put back after it had ended.
    package var redrives: Int
    /// The batch it belongs to.
    package var batch: String?
    package var model: String?
    package var idempotencyKey: String?
    /// What its sender tells payloads of one key apart by; nil when it does not.
    package var fingerprint: String?
    package var runAt: Timestamp?
    package var deadline: Timestamp?
    package var metadata: [String: JSONValue]

    package init(
        id: TaskID, workspace: Workspace = .default, lane: Lane = .normal, priority: Int? = nil, createdAt: Timestamp? = nil,
        redrives: Int = 0, batch: String? = nil, model: String? = nil, idempotencyKey: String? = nil, fingerprint: String? = nil,
        runAt: Timestamp? = nil,
        deadline: Timestamp? = nil, metadata: [String: JSONValue] = [:]
    ) {
        self.id = id
        self.workspace = workspace
        self.lane = lane
        self.priority = priority
        self.createdAt = createdAt
        self.redrives = redrives
        self.batch = batch
        self.model = model
        self.idempotencyKey = idempotencyKey
        self.fingerprint = fingerprint
        self.runAt = runAt
        self.deadline = deadline
        self.metadata = metadata
    }
}
