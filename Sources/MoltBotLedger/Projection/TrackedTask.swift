internal import MoltBotCore
internal import MoltBotMessaging

/// A record while a batch of entries is applied to it.
struct TrackedTask {
    /// As the file has it; nil when the batch brought it.
    let stored: TaskRecord?
    var record: TaskRecord
    var isChanged: Bool

    init(stored: TaskRecord) {
        self.stored = stored
        record = stored
        isChanged = false
    }

    init(new record: TaskRecord) {
        stored = nil
        self.record = record
        isChanged = true
    }

    mutating func change(_ body: (inout TaskRecord) -> TaskRecord.Effect) -> TaskRecord.Effect {
        let effect = body(&record)
        if effect != .nothing { isChanged = true }
        return effect
    }
}

/// What names a task: two workspaces may use the same id.
struct TaskKey: Hashable, Sendable {
    var id: TaskID
    var workspace: Workspace
}
