import MoltBotCore
import TestSupport
import Testing

@Suite("moltbot dead", .timeLimit(.minutes(30)))
struct DeadTests {
    @Test func aBrokenTaskIsListedShownRetriedAndDropped() async throws {
        try await withTerminal { terminal in
            #expect(try await terminal.moltbot("dead", "list").errorOutput == "No dead letters.")
            try await terminal.withWorker { worker in
                try await terminal.publish(#"{"promt": "x"}"#, id: "broken-1")
                // The worker's word on the task comes after the dead letter.
                #expect(
                    try await terminal.moltbot("results", "--follow", "--count", "1").output.hasPrefix("broken-1\tfailed\tinvalid_task"))
                // In good order, or the broken task would come back: it is acknowledged last.
                try worker.send(.terminate)
                #expect(try await worker.waitForExit() == .code(0))
            }
            let list = try await terminal.moltbot("dead", "list")
            #expect(list.output.contains("broken-1"))
            #expect(list.output.contains("did you mean \"prompt\"?"))
            let show = try await terminal.moltbot("dead", "show", "broken-1", "--json")
            let letter = try JSONValue.parse(show.output)
            #expect(letter["body"]?["promt"] == "x")
            #expect(letter["exchange"] == "moltbot.tasks")
            #expect(letter["routing_key"] == "default.normal")
            #expect(try await terminal.moltbot("dead", "show", "broken-2").exit == .code(1))

            #expect(try await terminal.moltbot("dead", "retry", "broken-1").output == "broken-1\tretried")
            #expect(try await terminal.count("moltbot.tasks.default") == 1)
            #expect(try await terminal.moltbot("dead", "list").errorOutput == "No dead letters.")
        }
    }

    @Test func aTaskThatIsTooLargeStaysADeadLetterUntilWorkersTakeMore() async throws {
        try await withTerminal { terminal in
            let settings = ["MOLTBOT_WORKER_MAX_TASK_BYTES": "2000"]
            try await terminal.withMoltbot(["worker"], settings: settings) { worker in
                try await terminal.publish(
                    #"{"prompt": "\#(String(repeating: "x", count: 2000))", "model": "echo"}"#, id: "large-1")
                #expect(
                    try await terminal.moltbot("results", "--follow", "--count", "1").output.hasPrefix("large-1\tfailed\tinvalid_task"))
                let refused = try await terminal.moltbot(["dead", "retry", "large-1"], settings: settings)
                #expect(refused.exit == .code(1))
                #expect(refused.output.hasPrefix("large-1\trefused: its body has 2031 bytes, and worker.max_task_bytes is 2000"))
                try worker.send(.terminate)
                #expect(try await worker.waitForExit() == .code(0))
            }
            let retried = try await terminal.moltbot("dead", "retry", "large-1")
            #expect(retried.exit == .code(0))
            #expect(try await terminal.count("moltbot.tasks.default") == 1)
        }
    }

    @Test func purgingNeedsAWord() async throws {
        try await withTerminal { terminal in
            try await terminal.publish("{}", id: "nowhere", exchange: "moltbot.delay", routingKey: "0.tasks.nobody.normal")
            let refused = try await terminal.moltbot("dead", "purge")
            #expect(refused.exit == .code(64))
            #expect(refused.errorOutput.contains("--yes"))
            #expect(try await terminal.count("moltbot.unroutable") == 1)
            let returned = try await terminal.moltbot("dead", "retry", "--all", "--source", "unroutable")
            #expect(returned.exit == .code(1))
            #expect(returned.errorOutput.contains("1 came straight back"))
            let purged = try await terminal.moltbot("dead", "purge", "--yes")
            #expect(purged.exit == .code(0))
            #expect(purged.output == "dead: 0 dropped\nunroutable: 1 dropped")
        }
    }
}
