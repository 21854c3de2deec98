import MoltBotCore
import Testing

@Suite("Task events")
struct TaskEventTests {
    private static let start = Timestamp(millisecondsSinceEpoch: 1_796_083_200_000)

    private static func outcome(_ status: TaskStatus) throws -> TaskOutcome {
        TaskOutcome(
            taskID: try #require(TaskID("task-1")), workspace: .default, status: status, model: "gpt-4", provider: "openai",
            deployment: "primary", result: "text", message: ["role": "assistant", "content": "text"], finishReason: "stop",
            usage: Usage(inputTokens: 12, outputTokens: 6, cachedInputTokens: 1, cacheWriteInputTokens: 4, reasoningTokens: 2),
            cost: 0.000012,
            attempts: [
                TaskAttempt(
                    number: 1, deployment: "primary", startedAt: start, duration: .milliseconds(812),
                    error: TaskFailure(type: "overloaded", message: "busy", status: 503, isRetryable: true))
            ],
            createdAt: start, startedAt: start + .milliseconds(3), completedAt: start + .seconds(1), queueTime: .milliseconds(3),
            metadata: ["ticket": "42"])
    }

    @Test("Is a CloudEvent with the contract's field names")
    func contract() throws {
        let event = TaskEvent(try Self.outcome(.completed), at: Self.start)
        let expected = try JSONValue.parse(
            #"""
            {"specversion":"1.0","id":"task-1-terminal","source":"/moltbot/default","type":"task.completed","time":"2026-12-01T00:00:00.000Z",
             "subject":"task-1","datacontenttype":"application/json","data":
             {"task_id":"task-1","workspace":"default","status":"completed","model":"gpt-4","provider":"openai","deployment":"primary",
              "result":"text","message":{"role":"assistant","content":"text"},"finish_reason":"stop",
              "usage":{"input_tokens":12,"output_tokens":6,"cached_input_tokens":1,"cache_write_input_tokens":4,"reasoning_tokens":2},
              "cost_usd":1.2e-05,"cached":false,
              "attempts":[{"number":1,"deployment":"primary","started_at":"2026-12-01T00:00:00.000Z","duration_ms":812,
                           "error":{"type":"overloaded","message":"busy","status":503,"retryable":true}}],
              "created_at":"2026-12-01T00:00:00.000Z","started_at":"2026-12-01T00:00:00.003Z","completed_at":"2026-12-01T00:00:01.000Z",
              "queue_ms":3,"metadata":{"ticket":"42"},"error":null}}
            """#)
        #expect(try JSONValue.parse(event.encode()) == expected)
        #expect(try JSONValue.parse(event.encodeData()) == expected["data"])
    }

    @Test("Reads back what it wrote", arguments: TaskStatus.allCases)
    func roundTrip(status: TaskStatus) throws {
        let event = TaskEvent(try Self.outcome(status), at: Self.start)
        #expect(try TaskEvent.decode(event.encode()) == event)
        #expect(event.type.status == status)
    }

    @Test("An unknown price is null, never 0")
    func unknownCost() throws {
        var outcome = try Self.outcome(.completed)
        outcome.cost = nil
        #expect(try JSONValue.parse(TaskEvent(outcome).encodeData())["cost_usd"] == JSONValue.null)
    }

    @Test("A message that is null is no message")
    func missingMessage() throws {
        var outcome = try Self.outcome(.failed)
        outcome.message = nil
        let event = TaskEvent(outcome, at: Self.start)
        #expect(try JSONValue.parse(event.encodeData())["message"] == JSONValue.null)
        let read = try #require(try TaskEvent.decode(event.encode()).outcome)
        #expect(read.message == .none)
        #expect(read == outcome)
    }

    @Test("Publishing a terminal event again gives receivers the same id; other events have their own")
    func identity() throws {
        for status in TaskStatus.allCases {
            let first = TaskEvent(try Self.outcome(status))
            let second = TaskEvent(try Self.outcome(status))
            #expect((first.id == second.id) == status.isTerminal)
        }
    }

    @Test("Deltas are numbered")
    func progress() throws {
        let progress = TaskProgress(taskID: try #require(TaskID("t")), workspace: .default, sequence: 2, delta: "Hel")
        let event = TaskEvent(progress, at: Self.start)
        #expect(try JSONValue.parse(event.encodeData()) == ["task_id": "t", "workspace": "default", "sequence": 2, "delta": "Hel"])
        #expect(try TaskEvent.decode(event.encode()) == event)
    }

    @Test("Fields of a later version are ignored; missing ones are named")
    func reading() throws {
        let event = try TaskEvent.decode(
            Array(
                #"""
                {"specversion":"1.0","id":"e","source":"/moltbot/w","type":"task.queued","time":"2026-12-01T00:00:00Z","later":1,
                 "data":{"task_id":"t","workspace":"w","status":"queued","later":true}}
                """#.utf8))
        #expect(event.outcome?.status == .queued)
        let error = #expect(throws: InvalidEvent.self) {
            try TaskEvent.decode(Array(#"{"specversion":"1.0","type":"task.queued","data":{"status":"queued"}}"#.utf8))
        }
        #expect(error?.problems.map(\.path) == ["data.task_id", "data.workspace", "id", "source", "time"])
    }

    @Test("The history of attempts survives a retry, up to its limit, and never fails a task")
    func history() throws {
        let attempts = (1...25).map { TaskAttempt(number: $0, deployment: "d", startedAt: Self.start, duration: .milliseconds($0)) }
        #expect(TaskAttempt.decodeHistory(TaskAttempt.encodeHistory(attempts)) == Array(attempts.suffix(20)))
        #expect(TaskAttempt.decodeHistory("not json").isEmpty)
    }
}
