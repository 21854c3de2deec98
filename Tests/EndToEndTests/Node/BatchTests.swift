import MoltBotCore
import TestSupport
import Testing

@Suite("moltbot batch", .timeLimit(.minutes(30)))
struct BatchTests {
    @Test func aBatchIsSentOnceAndFollowedToItsEnd() async throws {
        try await withNodeTerminal { node in
            let tasks = #"[{"prompt": "one", "model": "echo"}, {"prompt": "two", "model": "echo", "parameters": {"echo_status": 400}}]"#
            let sent = try await node.moltbot("batch", "-", "--concurrency", "1", "--idempotency-key", "monday", input: tasks)
            #expect(sent.exit == .code(0), "\(sent.errorOutput)")
            let faster = try await node.moltbot("batch", "-", "--concurrency", "2", "--idempotency-key", "monday", input: tasks)
            #expect(faster.exit == .code(64), "\(faster.errorOutput)")
            let again = try await node.moltbot(
                "batch", "-", "--concurrency", "1", "--idempotency-key", "monday", "--wait", "--json", input: tasks)
            #expect(again.exit == .code(1))
            #expect(again.errorOutput.contains("2 tasks sent as batch \(sent.output)."))
            #expect(again.errorOutput.contains("1 of 2 tasks did not complete"))
            let results = try again.output.split(separator: "\n").map { try JSONValue.parse(String($0)) }
            #expect(Set(results.map { $0["status"]?.stringValue }) == ["completed", "failed"])

            let shown = try await node.moltbot("batch", "show", sent.output)
            #expect(shown.exit == .code(0), "\(shown.errorOutput)")
            for part in ["status       ended", "ended        2 of 2", "completed  1", "failed     1"] {
                #expect(shown.output.contains(part), "\(part) is missing in:\n\(shown.output)")
            }
            let json = try JSONValue.parse(try await node.moltbot("batch", "show", sent.output, "--json").output)
            #expect(json["total"] == 2)
            let unknown = try await node.moltbot("batch", "show", "nothing")
            #expect(unknown.exit == .code(1))
        }
    }

    @Test func eachMistakeIsToldByItsLine() async throws {
        try await withNodeTerminal { node in
            let lines = try await Terminal.file("tasks.jsonl", "{\"prompt\": \"x\"}\n\n{\"promt\": \"y\", \"priority\": 44}\n")
            let refused = try await node.moltbot("batch", lines)
            #expect(refused.exit == .code(64))
            #expect(refused.output.isEmpty)
            for part in [
                "\(lines):3: promt: unknown field; did you mean \"prompt\"?", "\(lines):3: priority: expected", "none of its tasks was",
            ] {
                #expect(refused.errorOutput.contains(part), "\(part) is missing in:\n\(refused.errorOutput)")
            }
            let array = try await node.moltbot(
                "batch", "-", input: #"[{"prompt": "x"}, {"prompt": "x", "parameters": {"temperature": "hot"}}]"#)
            #expect(array.exit == .code(64))
            #expect(array.errorOutput.contains("(standard input): task 2: parameters.temperature: "), "\(array.errorOutput)")
            #expect(try await node.terminal.count("moltbot.tasks.default") == 0)
            let empty = try await node.moltbot("batch", "-", input: " \n")
            #expect(empty.exit == .code(64))
            #expect(empty.errorOutput.contains("has no task to send"))
            let elsewhere = try await node.moltbot("batch", "-", "--workspace", "acme", input: #"[{"prompt": "x"}]"#)
            #expect(elsewhere.exit == .code(78))
            #expect(elsewhere.errorOutput.contains("add it under repeat.workspace"), "\(elsewhere.errorOutput)")
            let folder = try await node.moltbot("batch", "/")
            #expect(folder.exit == .code(64))
            #expect(folder.errorOutput.contains("/ can't be read: it is a folder"), "\(folder.errorOutput)")
        }
    }
}
