import TestSupport
import Testing

/// Programs in other languages that know only the contract.
@Suite("examples", .timeLimit(.minutes(30)))
struct ExamplesTests {
    @Test func pythonPublishesATaskAndGetsItsAnswer() async throws {
        let python = try await PythonEnvironment.interpreter()
        try await withTerminal { terminal in
            try await terminal.withWorker { _ in
                let run = try await terminal.example(python, "publish_task.py", "What is", "six times seven?")
                #expect(run.exit == .code(0), "\(run.errorOutput)")
                #expect(run.output == "What is six times seven?")
            }
        }
    }

    @Test func pythonReceivesTheResultsOfOthers() async throws {
        let python = try await PythonEnvironment.interpreter()
        try await withTerminal { terminal in
            try await terminal.withWorker { _ in
                try await withChildProcess(
                    python, ["\(BuildProducts.repository)/examples/receive_results.py", "2"],
                    environment: ["MOLTBOT_BROKER_URL": terminal.url]
                ) { receiver in
                    _ = try await receiver.errorOutput.first("a bound queue") { $0 == "waiting for results" }
                    _ = try await terminal.moltbot("submit", "--wait", "--model", "echo", "--id", "one", "first")
                    _ = try await terminal.moltbot("submit", "--wait", "--model", "echo", "--id", "two", "second")
                    #expect(try await receiver.waitForExit() == .code(0))
                    #expect(receiver.output.elements == ["one completed first", "two completed second"])
                }
            }
        }
    }

    @Test func aShellPublishesATaskAndGetsItsEvent() async throws {
        try await withTerminal { terminal in
            try await terminal.withWorker { _ in
                let run = try await terminal.example("sh", "publish_task.sh", "Say \"hello\" \\ twice")
                #expect(run.exit == .code(0), "\(run.errorOutput)")
                #expect(run.output.contains(#""result":"Say \"hello\" \\ twice""#))
                #expect(run.output.contains(#""status":"completed""#))
            }
        }
    }

    @Test func curlWalksThroughTheAPI() async throws {
        try await withTerminal { terminal in
            try await terminal.withWorker { _ in
                try await terminal.withAPI { api in
                    let run = try await terminal.example("sh", "rest.sh", settings: ["MOLTBOT_API_URL": api])
                    #expect(run.exit == .code(0), "\(run.output)\n\(run.errorOutput)")
                    #expect(run.output.contains(#""result":"What is six times seven?""#))
                    #expect(run.output.contains(#""status":"cancelling""#) || run.output.contains(#""status":"cancelled""#))
                    #expect(run.output.contains(#""batch_id""#))
                }
            }
        }
    }
}
