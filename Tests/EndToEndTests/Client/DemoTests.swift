import Foundation
import TestSupport
import Testing

@Suite("moltbot demo", .timeLimit(.minutes(30)))
struct DemoTests {
    /// The demo with its own process table and temporary folder, so that what it leaves behind shows.
    @Test func losesNothingAndLeavesNothing() async throws {
        let folder = try await TestRun.makeDirectory("demo")
        let run = try await runToEnd(
            try BuildProducts.executable("moltbot"), ["demo", "--prompts", "\(BuildProducts.repository)/examples/prompts.jsonl"],
            environment: CommandRun.neutral.merging(["TMPDIR": folder]) { _, new in new }, within: .seconds(200))
        #expect(run.exit == .code(0), "\(run.errorOutput)")
        let rows = run.output.split(separator: "\n").map { $0.split(separator: " ", omittingEmptySubsequences: true).map(String.init) }
        #expect(rows.contains(["submitted", "500"]))
        #expect(rows.contains(["results", "500"]))
        #expect(rows.contains(["duplicates", "0"]))
        #expect(rows.contains(["lost", "0"]))
        #expect(rows.contains(["ended,", "says", "REST", "500"]))
        #expect(rows.contains(["webhooks", "expected", "500"]))
        #expect(rows.contains(["webhooks", "delivered", "500"]))
        #expect(rows.contains(["failed", "attempts", "9"]))
        #expect(rows.contains(["lost", "webhooks", "0"]))
        #expect(rows.contains(["bad", "signatures", "0"]))
        #expect(run.errorOutput.contains("the webhook receiver hangs"))
        #expect(run.errorOutput.contains("the webhook receiver works again"))
        #expect(run.errorOutput.contains("was killed (SIGKILL)"))
        #expect(run.errorOutput.contains("the broker is back"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
    }

    @Test func interruptedItLeavesNothing() async throws {
        let folder = try await TestRun.makeDirectory("demo")
        try await withChildProcess(
            try BuildProducts.executable("moltbot"), ["demo", "--prompts", "\(BuildProducts.repository)/examples/prompts.jsonl"],
            environment: CommandRun.neutral.merging(["TMPDIR": folder]) { _, new in new }
        ) { demo in
            let ready = try await demo.errorOutput.first("a ready worker", within: .seconds(90)) { $0.hasPrefix("worker 1 is ready") }
            let pid = try #require(Int(ready.filter(\.isNumber).dropFirst()))
            try demo.send(.interrupt)
            #expect(try await demo.waitForExit() == .code(130))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
            #expect(!FileManager.default.fileExists(atPath: "/proc/\(pid)"))
        }
    }
}
