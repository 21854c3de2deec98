import MoltBotCore
import MoltBotMessaging
import Testing

@testable import MoltBotLedger

/// Entries of a stream, as a worker and its senders would write them.
struct Story {
    static let start = Timestamp(millisecondsSinceEpoch: 1_790_000_000_000)

    private(set) var entries: [LedgerEntry] = []
    private var offset: Int64

    init(from offset: Int64 = 0) {
        self.offset = offset
    }

    static func at(_ seconds: Int) -> Timestamp { start + .seconds(seconds) }

    mutating func task(_ id: String, at seconds: Int = 0, redrives: Int = 0, _ change: (inout LedgerTask) -> Void = { _ in }) throws {
        var task = LedgerTask(
            id: try #require(TaskID(id)), priority: 5, createdAt: Self.at(seconds), redrives: redrives, model: "gpt-4")
        change(&task)
        append(.task(task), id: id, body: [])
    }

    mutating func event(
        _ status: TaskStatus, of id: String, at seconds: Int, redrives: Int = 0, result: String? = nil,
        _ change: (inout TaskOutcome) -> Void = { _ in }
    ) throws {
        var outcome = TaskOutcome(taskID: try #require(TaskID(id)), workspace: .default, status: status)
        outcome.model = "gpt-4"
        outcome.createdAt = Self.at(0)
        outcome.result = result
        if status == .completed { outcome.cost = 0.5 }
        if status == .failed { outcome.error = TaskFailure(type: "overloaded", message: "busy") }
        change(&outcome)
        let event = TaskEvent(outcome, redrives: redrives, at: Self.at(seconds))
        append(.event(event), id: event.id, body: event.encode())
    }

    /// The message of a task, made at that time, was refused by its queue.
    mutating func refusal(of id: String, madeAt seconds: Int) throws {
        let task = RefusedTask(id: try #require(TaskID(id)), workspace: .default, createdAt: Self.at(seconds))
        append(.refused(task), id: id, body: [])
    }

    /// An API node has taken a batch.
    mutating func acceptance(of batch: TaskBatch) { append(.batch(batch), id: batch.id, body: []) }

    mutating func barrier(_ id: String) { append(.barrier(id), id: id, body: []) }

    private mutating func append(_ content: LedgerEntry.Content, id: String, body: [UInt8]) {
        entries.append(LedgerEntry(offset: offset, content: content, id: id, body: body))
        offset += 1
    }

    var batch: LedgerBatch { LedgerBatch(entries: entries) }
}
