import MoltBotCore
import TestSupport
import Testing

@Suite("moltbot tasks list, show, wait", .timeLimit(.minutes(30)))
struct TasksTests {
    private static let answered = #"{"prompt": "first\nsecond", "model": "echo", "metadata": {"ticket": "4 2"}}"#
    private static let refused = #"{"prompt": "x", "model": "echo", "parameters": {"echo_status": 400}}"#
    private static let endless = #"{"prompt": "x", "model": "echo", "parameters": {"echo_delay_ms": 600000}}"#

    @Test func whatWasSentOverAMQPIsSeenAwaitedAndExplained() async throws {
        try await withNodeTerminal { node in
            for (id, body) in [("good-1", Self.answered), ("bad/1", Self.refused), ("long-1", Self.endless)] {
                try await node.terminal.publish(body, id: id)
            }
            let good = try await node.moltbot("tasks", "wait", "good-1")
            #expect(good.exit == .code(0), "\(good.errorOutput)")
            #expect(good.output == "first\nsecond")
            let bad = try await node.moltbot("tasks", "wait", "bad/1")
            #expect(bad.exit == .code(1))
            #expect(bad.errorOutput.contains("task bad/1 failed: invalid_request: "))
            let late = try await node.moltbot("tasks", "wait", "long-1", "good-1", "--timeout", "0.3")
            #expect(late.exit == .code(75))
            #expect(late.output == #"good-1\#tcompleted\#tfirst\nsecond"#)
            #expect(late.errorOutput.contains("1 of 2 tasks have not ended within 0.3 s; the first is long-1"))

            let shown = try await node.moltbot("tasks", "show", "bad/1")
            #expect(shown.exit == .code(0), "\(shown.errorOutput)")
            for part in [
                "status       failed", "priority     5 (normal)", "LIFE  ATTEMPT", "invalid_request: The echo model was told to fail",
            ] {
                #expect(shown.output.contains(part), "\(part) is missing in:\n\(shown.output)")
            }
            #expect(try await node.moltbot("tasks", "show", "good-1").output.contains("answered"))
            let json = try await node.moltbot("tasks", "show", "good-1", "--json")
            let document = try JSONValue.parse(json.output)
            #expect(document["result"] == "first\nsecond")
            #expect(document["lives"]?[0]?["attempts"]?[0]?["deployment"] == "echo")

            let unknown = try await node.moltbot("tasks", "show", "nobody")
            #expect(unknown.exit == .code(1))
            #expect(unknown.errorOutput.contains("Task nobody does not exist here"))
        }
    }

    @Test func listsFilterAndFollowThePages() async throws {
        try await withNodeTerminal { node in
            let file = try await Terminal.file(
                "tasks.jsonl",
                (1...130).map { #"{"prompt": "p", "model": "echo", "metadata": {"half": "\#($0 % 2)"}}"# }.joined(separator: "\n"))
            let sent = try await node.moltbot("batch", file, "--wait")
            #expect(sent.exit == .code(0), "\(sent.errorOutput)")
            #expect(sent.output.split(separator: "\n").count == 130)

            let all = try await node.moltbot("tasks", "list", "--limit", "125", "--json", "--status", "completed")
            let ids = try all.output.split(separator: "\n").map { try JSONValue.parse(String($0))["task_id"]?.stringValue }
            #expect(ids.count == 125)
            #expect(Set(ids).count == 125)
            #expect(all.errorOutput.contains("There are more; the newest 125 are shown."))
            let half = try await node.moltbot(
                "tasks", "list", "--limit", "1000", "--metadata", "half=1", "--since", "1h", "--model", "echo")
            #expect(half.output.split(separator: "\n").count == 66)
            #expect(half.output.hasPrefix("TASK "))
            let none = try await node.moltbot("tasks", "list", "--until", "1h")
            #expect(none.exit == .code(0))
            #expect(none.output.isEmpty)
            #expect(none.errorOutput.contains("No such tasks."))
        }
    }

    @Test func aTaskOfAnotherWorkspaceIsFoundByItsIdAsInTheList() async throws {
        try await withNodeTerminal { node in
            let answer = try await node.terminal.withMoltbot("worker", "--workspace", "acme", "--apply-topology") { worker in
                _ = try await worker.errorOutput.first("a ready worker", within: .seconds(60)) { $0.hasPrefix("Worker ready") }
                return try await node.moltbot(
                    "batch", "-", "--workspace", "acme", "--wait", "--json", input: #"[{"prompt": "x", "model": "echo"}]"#)
            }
            #expect(answer.exit == .code(0), "\(answer.errorOutput)")
            let task = try JSONValue.parse(answer.output)
            let id = try #require(task["task_id"]?.stringValue)
            let batch = try #require(task["batch_id"]?.stringValue)
            let listed = try await node.moltbot("tasks", "list", "--workspace", "acme")
            #expect(listed.output.contains(id), "\(listed.output)\(listed.errorOutput)")
            let shown = try await node.moltbot("tasks", "show", id, "--workspace", "acme", "--json")
            #expect(try JSONValue.parse(shown.output)["workspace"] == "acme", "\(shown.errorOutput)")
            #expect(try await node.moltbot("batch", "show", batch, "--workspace", "acme").exit == .code(0))
            let wait = try await node.moltbot("tasks", "wait", id, "--workspace", "acme")
            #expect(wait.exit == .code(0), "\(wait.errorOutput)")
            let elsewhere = try await node.moltbot("tasks", "show", id)
            #expect(elsewhere.exit == .code(1))
            #expect(elsewhere.errorOutput.contains("--workspace"), "\(elsewhere.errorOutput)")
        }
    }

    @Test func theAPIOfAStateFolderIsFoundWithoutBeingNamed() async throws {
        try await withTerminal { terminal in
            let folder = try await WorkingFolder()
            let arguments = ["tasks", "list", "--state-dir", folder.path]
            try await terminal.withMoltbot(["api", "--api-port", "0", "--state-dir", folder.path]) { api in
                _ = try await api.errorOutput.first("a ready API", within: .seconds(60)) { $0.hasPrefix("API ready at ") }
                let found = try await terminal.moltbot(arguments)
                #expect(found.exit == .code(0), "\(found.errorOutput)")
                try await terminal.withMoltbot(["api", "--api-port", "0", "--state-dir", folder.path]) { second in
                    _ = try await second.errorOutput.first("a ready API", within: .seconds(60)) { $0.hasPrefix("API ready at ") }
                    try second.send(.terminate)
                    #expect(try await second.waitForExit(within: .seconds(60)) == .code(0))
                }
                let still = try await terminal.moltbot(arguments)
                #expect(still.exit == .code(0), "the first node goes on: \(still.errorOutput)")
                try api.send(.terminate)
                #expect(try await api.waitForExit(within: .seconds(60)) == .code(0))
            }
            let none = try await terminal.moltbot(arguments)
            #expect(none.exit == .code(69))
            #expect(none.errorOutput.contains("no API runs with the state folder \(folder.path)"), "\(none.errorOutput)")
            #expect(none.errorOutput.contains("`moltbot up --state-dir \(folder.path)`"))
            let gone = try await terminal.moltbot(arguments + ["--config", try await Terminal.file("free.yaml", "api: {port: 1}\n")])
            #expect(gone.exit == .code(69))
            #expect(gone.errorOutput.contains("no API node answers at http://127.0.0.1:1 (the default: none is named, and none runs with"))
            #expect(gone.errorOutput.contains("Start one with `moltbot up` or `moltbot api`"))
        }
    }

    @Test func aKeyIsAskedForAndShown() async throws {
        try await withNodeTerminal { node in
            let made = try await node.moltbot("keys", "create", "--scope", "read")
            // The node hears of the first key a moment after the command.
            let none = try await withDeadline(.seconds(60), "the node to ask for a key") {
                while true {
                    let list = try await node.moltbot("tasks", "list")
                    if list.exit != .code(0) { return list }
                }
            }
            #expect(none.exit == .code(77))
            #expect(none.errorOutput.contains("MOLTBOT_API_KEY"))
            let reads = try await node.moltbot("tasks", "list", key: made.output)
            #expect(reads.exit == .code(0), "\(reads.errorOutput)")
            let sends = try await node.moltbot("batch", "-", input: #"[{"prompt": "x"}]"#, key: made.output)
            #expect(sends.exit == .code(77))
            #expect(sends.errorOutput.contains("moltbot keys create --scope submit"))
            #expect(!(sends.errorOutput + none.errorOutput).contains(made.output))
            let mistyped = try await node.moltbot("keys", "revoke", made.output + "0")
            #expect(mistyped.exit == .code(1))
            #expect(!mistyped.errorOutput.contains(made.output))
            let name = made.output.prefix(11)
            let listed = try await node.moltbot("keys", "revoke", "\(name)...")
            #expect(listed.exit == .code(0))
            #expect(listed.errorOutput.contains("\(name) "), "\(listed.errorOutput)")
        }
    }

    @Test(arguments: [
        (["tasks", "list", "--status", "faild"], "queued, running"), (["tasks", "list", "--limit", "0"], "--limit is a number from 1"),
        (["tasks", "list", "--metadata", "ticket"], "ticket=42"), (["tasks", "list", "--since", "yesterday"], "90m"),
        (["tasks", "list", "--since", "1h", "--until", "2h"], "--since is not before --until"), (["tasks", "show", "a b"], "no task id"),
        (["tasks", "wait", "a", "--timeout", "0"], "more than 0"), (["batch", "-", "--timeout", "5"], "--wait"),
        (["batch", "-", "--concurrency", "0"], "1 to 50000"),
    ])
    func usageMistakesSayWhatToGive(_ arguments: [String], _ part: String) async throws {
        let run = try await runToEnd(try BuildProducts.executable("moltbot"), arguments, environment: CommandRun.neutral)
        #expect(run.exit == .code(64), "\(arguments)")
        #expect(run.errorOutput.contains(part), "\(arguments): \(run.errorOutput)")
    }

    @Test func whatIsNoAPIIsToldByItsAddress() async throws {
        for (url, exit, part) in [
            ("http://127.0.0.1:1", Int32(69), "no API node answers at http://127.0.0.1:1 (MOLTBOT_API_URL)"),
            ("127.0.0.1:8000", 78, "api.url (from MOLTBOT_API_URL) is no address of an API"),
            ("http://ada:secret@127.0.0.1:1", 69, "http://***@127.0.0.1:1"),
        ] {
            let run = try await CommandRun.of("tasks", "list", environment: ["MOLTBOT_API_URL": url])
            #expect(run.status == .code(exit), "\(run.messages)")
            #expect(run.messages.contains(part), "\(run.messages)")
            #expect(!run.messages.contains("secret"))
        }
    }
}
