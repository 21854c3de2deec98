import AMQP
import TestSupport
import Testing

@Suite("moltbot tasks cancel", .timeLimit(.minutes(30)))
struct CancelTests {
    @Test func aRunningTaskIsCancelledAndItsSenderLearnsOfIt() async throws {
        try await withTerminal { terminal in
            try await terminal.withWorker { _ in
                try await withStarts(terminal) { starts in
                    try await terminal.withMoltbot(
                        "submit", "--wait", "--model", "echo", "--parameters", #"{"echo_delay_ms": 600000}"#, "--id", "long-1", "x"
                    ) { submit in
                        _ = try await starts.first("the task's start") { $0 == "long-1" }
                        let cancel = try await answer(terminal, to: "long-1")
                        // The broker's copy of the order may have ended it before the worker has read the question.
                        #expect(
                            cancel.hasPrefix("long-1\trunning; it is being cancelled") || cancel.hasPrefix("long-1\tit has ended before"),
                            "\(cancel)")
                        #expect(try await submit.waitForExit() == .code(1))
                        #expect(submit.errorOutput.elements.contains { $0.hasSuffix("task long-1 cancelled") })
                    }
                }
                // The worker takes note of an end after it has published it.
                try await withDeadline(.seconds(30), "the worker to know that the task has ended") {
                    while true {
                        let answer = try await terminal.moltbot("tasks", "cancel", "long-1").output
                        if answer.hasPrefix("long-1\tit has ended before, and stays as it is") { break }
                    }
                }
                let unknown = try await answer(terminal, to: "--json", "later-1")
                #expect(unknown == #"{"task_id":"later-1","answer":"marked"}"#)
                // Another workspace's task with that id is another task.
                let theirs = try await terminal.moltbot("tasks", "cancel", "--workspace", "acme", "theirs-1")
                #expect(theirs.output.hasPrefix("theirs-1\tno worker answered"), "\(theirs)")
                let mine = try await terminal.moltbot("submit", "--wait", "--model", "echo", "--id", "theirs-1", "x")
                #expect(mine.exit == .code(0), "\(mine.errorOutput)")
            }
        }
    }

    @Test func aWorkerThatIsStoppingStillHears() async throws {
        try await withTerminal { terminal in
            try await terminal.withMoltbot("worker") { worker in
                _ = try await worker.errorOutput.first("a ready worker", within: .seconds(60)) { $0.hasPrefix("Worker ready") }
                try await withStarts(terminal) { starts in
                    try await terminal.publish(
                        #"{"prompt": "x", "model": "echo", "parameters": {"echo_delay_ms": 600000}}"#, id: "long-2")
                    _ = try await starts.first("the task's start") { $0 == "long-2" }
                    try worker.send(.terminate)
                    _ = try await worker.errorOutput.first("the shutdown") { $0.hasPrefix("Stopping: 1 task runs, for at most 30 s") }
                    let cancel = try await terminal.moltbot("tasks", "cancel", "long-2")
                    // Also when the worker is too slow to answer in time, it ends the task.
                    let words = ["running; it is being cancelled", "it has ended before", "no worker answered"]
                    #expect(words.contains { cancel.output.hasPrefix("long-2\t\($0)") }, "\(cancel.output)")
                    #expect(try await worker.waitForExit() == .code(0))
                    let results = try await terminal.moltbot("results", "--follow", "--count", "1")
                    #expect(results.output.hasPrefix("long-2\tcancelled\t"))
                }
            }
        }
    }

    @Test func aSecondInterruptStopsAtOnceAndTheTaskRunsAgain() async throws {
        try await withTerminal { terminal in
            try await withStarts(terminal) { starts in
                try await terminal.publish(
                    #"{"prompt": "x", "model": "echo", "parameters": {"echo_delay_ms": 600000}}"#, id: "long-3")
                try await terminal.withMoltbot(["worker"], settings: ["MOLTBOT_WORKER_GRACE_PERIOD": "10m"]) { worker in
                    _ = try await starts.first("the task's start") { $0 == "long-3" }
                    try worker.send(.interrupt)
                    _ = try await worker.errorOutput.first("the shutdown") { $0.hasPrefix("Stopping: 1 task runs, for at most 600 s") }
                    try worker.send(.interrupt)
                    #expect(try await worker.waitForExit() == .code(130))
                }
                try await terminal.withWorker { _ in _ = try await starts.atLeast(2, "starts") }
                #expect(starts.elements == ["long-3", "long-3"])
            }
        }
    }

    /// What the worker says to `tasks cancel`; asked again when it takes longer than the command waits.
    private func answer(_ terminal: Terminal, to arguments: String...) async throws -> String {
        try await withDeadline(.seconds(60), "an answer of the worker") {
            while true {
                let cancel = try await terminal.moltbot(["tasks", "cancel"] + arguments)
                #expect(cancel.exit == .code(0))
                if !cancel.output.contains("no worker answered"), !cancel.output.contains(#""unanswered""#) { return cancel.output }
            }
        }
    }

    /// Tells of each task's start, so that nothing is cancelled before it runs.
    private func withStarts(_ terminal: Terminal, _ body: (Recorder<String>) async throws -> Void) async throws {
        try await terminal.program.withChannel { channel in
            try await channel.queueDeclare(.init(name: "starts"))
            try await channel.queueBind(queue: "starts", exchange: "moltbot.events.topic", routingKey: "*.task.started")
        }
        let starts = Recorder<String>()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await terminal.program.read("starts") { starts.record($0.properties.correlationID ?? "") } }
            defer { group.cancelAll() }
            try await body(starts)
        }
    }

    @Test func withoutAWorkerTheOrderIsKept() async throws {
        try await withTerminal { terminal in
            try await terminal.publish(#"{"prompt": "x", "model": "echo"}"#, id: "a")
            let run = try await terminal.moltbot("tasks", "cancel", "a", "b")
            #expect(run.exit == .code(0))
            #expect(run.output.split(separator: "\n").map { $0.contains("no worker answered; it ends as cancelled") } == [true, true])
            try await terminal.withWorker { _ in
                let results = try await terminal.moltbot("results", "--follow", "--count", "1")
                #expect(results.output.hasPrefix("a\tcancelled\t"))
            }
        }
    }
}
