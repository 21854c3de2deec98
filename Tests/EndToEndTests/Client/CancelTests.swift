import AMQP
import TestSupport
import Testing

@Suite("moltbot tasks cancel", .timeLimit(.minutes(3)))
struct CancelTests {
    @Test func aRunningTaskIsCancelledAndItsSenderLearnsOfIt() async throws {
        try await withTerminal { terminal in
            try await terminal.withWorker { _ in
                // Each task's start is an event, so nothing is cancelled before it runs.
                _ = try await terminal.program.withChannel { channel in
                    try await channel.queueDeclare(.init(name: "starts"))
                    try await channel.queueBind(queue: "starts", exchange: "moltbot.events.topic", routingKey: "*.task.started")
                }
                let starts = Recorder<String>()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        try? await terminal.program.consume(.init(queue: "starts", prefetch: 10)) { delivery in
                            starts.record(delivery.properties.correlationID ?? "")
                            return .ack
                        }
                    }
                    defer { group.cancelAll() }
                    try await terminal.withMoltbot(
                        "submit", "--wait", "--model", "echo", "--parameters", #"{"echo_delay_ms": 600000}"#, "--id", "long-1", "x"
                    ) { submit in
                        _ = try await starts.first("the task's start") { $0 == "long-1" }
                        let cancel = try await terminal.moltbot("tasks", "cancel", "long-1")
                        #expect(cancel.exit == .code(0))
                        #expect(cancel.output.hasPrefix("long-1\trunning; it is being cancelled"))
                        #expect(try await submit.waitForExit() == .code(1))
                        #expect(submit.errorOutput.elements.contains { $0.contains("task long-1 cancelled") })
                    }
                }
                let unknown = try await terminal.moltbot("tasks", "cancel", "--json", "later-1")
                #expect(unknown.exit == .code(0))
                #expect(unknown.output == #"{"task_id":"later-1","answer":"marked"}"#)
            }
        }
    }

    @Test func withoutAWorkerItSaysSo() async throws {
        try await withTerminal { terminal in
            let run = try await terminal.moltbot("tasks", "cancel", "a", "b")
            #expect(run.exit == .code(1))
            #expect(run.output.split(separator: "\n").map { $0.hasSuffix("no worker answered; the task is unchanged") } == [true, true])
            #expect(run.errorOutput.contains("moltbot worker"))
        }
    }
}
