import TestSupport
import Testing

@Suite("moltbot: usage", .timeLimit(.minutes(30)))
struct UsageTests {
    @Test func bareCommandShowsHelpWithExamples() async throws {
        let run = try await CommandRun.of()
        #expect(run.status == .code(0))
        #expect(run.output.contains("EXAMPLES"))
        #expect(run.output.contains("moltbot up"))
        #expect(run.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
    }

    @Test func versionGoesToStandardOutput() async throws {
        let run = try await CommandRun.of("--version")
        #expect(run.status == .code(0))
        #expect(run.output.wholeMatch(of: /\d+\.\d+\.\d+/) != nil)
    }

    /// A library that stands in for malloc shows in nothing else but speed.
    @Test func mimallocIsLinked() async throws {
        let run = try await CommandRun.of("--version", environment: ["MIMALLOC_SHOW_STATS": "1"])
        #expect(run.status == .code(0))
        #expect(run.messages.contains("heap stats"))
    }

    @Test(arguments: [
        ["frobnicate"], ["worker", "--no-such-option"], ["up", "--workers", "0"], ["broker", "start", "--port", "70000"],
        ["worker", "--concurrency", "many"],
    ])
    func wrongUsageExitsWith64AndSaysSoOnStandardError(_ arguments: [String]) async throws {
        let result = try await runToEnd(try BuildProducts.executable("moltbot"), arguments, environment: CommandRun.neutral)
        #expect(result.exit == .code(64))
        #expect(result.output.isEmpty)
        #expect(result.errorOutput.contains("Usage:"))
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func completionScriptsAreGenerated(_ shell: String) async throws {
        let run = try await CommandRun.of("--generate-completion-script", shell)
        #expect(run.status == .code(0))
        #expect(run.output.contains("topology"))
    }
}
