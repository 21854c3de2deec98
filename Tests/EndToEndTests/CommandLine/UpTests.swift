import Foundation
import TestSupport
import Testing

@Suite("moltbot: up and the private broker", .timeLimit(.minutes(30)))
struct UpTests {
    private func moltbot(_ arguments: String..., in folder: WorkingFolder) async throws -> CommandRun {
        let result = try await runToEnd(
            try BuildProducts.executable("moltbot"), arguments, environment: CommandRun.neutral, workingDirectory: folder.path,
            within: .seconds(90))
        return CommandRun(status: result.exit, output: result.output, messages: result.errorOutput)
    }

    /// One test for the whole life: every start of a broker takes seconds.
    @Test func twoOfThemLiveSideBySideAndLeaveNothingBehind() async throws {
        let folder = try await WorkingFolder()
        try await withChildProcess(
            try BuildProducts.executable("moltbot"),
            ["up", "--state-dir", "first", "--workers", "2", "--concurrency", "3", "--api-port", "0"],
            environment: CommandRun.neutral, workingDirectory: folder.path
        ) { up in
            _ = try await up.output.first("the ready line", within: .seconds(90)) { $0 == "MoltBot is ready." }
            _ = try await up.output.first("the workers") { $0.contains("2, 3 tasks at once, workspace default") }

            let second = try await moltbot("broker", "start", "--state-dir", "second", "--json", in: folder)
            #expect(second.status == .code(0), "\(second.messages)")
            #expect(second.output.contains(#""status":"running""#))
            #expect(try await moltbot("topology", "plan", "--state-dir", "first", in: folder).status == .code(0))
            #expect(try await moltbot("topology", "plan", "--state-dir", "second", in: folder).status == .code(2))

            let url = try await moltbot("broker", "url", "--state-dir", "second", in: folder)
            let other = try await moltbot("broker", "url", "--state-dir", "first", in: folder)
            #expect(url.output.hasPrefix("amqp://moltbot:"))
            #expect(url.output != other.output)

            try folder.write("worker:\n  max_task_timeout: 5h\n", to: "patient.yaml")
            let tooLong = try await moltbot("worker", "--state-dir", "second", "--config", "patient.yaml", in: folder)
            #expect(tooLong.status == .code(78))
            #expect(tooLong.messages.contains("as the private broker is configured"))

            let open = try await moltbot("up", "--state-dir", "first", "--api-port", "0", "--api-host", "0.0.0.0", in: folder)
            #expect(open.status == .code(78))
            #expect(open.messages.hasPrefix("The private broker in first runs already."), "\(open.messages)")
            #expect(!open.messages.contains("Starting"))

            let report = try await moltbot("broker", "status", "--state-dir", "first", "--json", in: folder)
            let pid = try #require(report.output.firstMatch(of: /"pid":(\d+)/)?.1)
            try up.send(.terminate)
            #expect(try await up.waitForExit(within: .seconds(60)) == .code(0))
            // A process that ended and was not collected yet has no command line.
            let commandLine = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") ?? Data()
            #expect(commandLine.isEmpty)
        }
        let status = try await moltbot("broker", "status", "--state-dir", "first", in: folder)
        #expect(status.status == .code(69))
        #expect(status.output.contains("stopped"))

        // The second one is nobody's business but its own.
        #expect(try await moltbot("broker", "status", "--state-dir", "second", in: folder).status == .code(0))
        #expect(try await moltbot("broker", "stop", "--state-dir", "second", in: folder).status == .code(0))
        #expect(try await moltbot("broker", "status", "--state-dir", "second", in: folder).status == .code(69))
    }

    @Test func endedWhileItsBrokerStartsItLeavesNoBroker() async throws {
        let folder = try await WorkingFolder()
        try await withChildProcess(
            try BuildProducts.executable("moltbot"), ["up", "--state-dir", "state", "--api-port", "0"], environment: CommandRun.neutral,
            workingDirectory: folder.path
        ) { up in
            _ = try await up.errorOutput.first("the start") { $0.hasPrefix("Starting the private broker") }
            try up.send(.interrupt)
            #expect(try await up.waitForExit(within: .seconds(60)) == .code(0))
        }
        let status = try await moltbot("broker", "status", "--state-dir", "state", in: folder)
        #expect(status.output.contains("is stopped"))
    }
}
