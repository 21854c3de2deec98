import TestSupport
import Testing

@Suite struct ChildProcessTests {
    @Test func reportsLinesAndExitCode() async throws {
        try await withChildProcess("sh", ["-c", "echo ready; echo oops >&2; read line; echo \"got $line\"; exit 7"], input: "word\n") {
            child in
            _ = try await child.output.first("the ready line") { $0 == "ready" }
            #expect(try await child.waitForExit() == .code(7))
            #expect(child.output.elements == ["ready", "got word"])
            #expect(child.errorOutput.elements == ["oops"])
        }
    }

    @Test func endsWithItsScope() async throws {
        let child = try await withChildProcess("sh", ["-c", "trap '' TERM; echo ready; exec tail -f /dev/null"]) { child in
            _ = try await child.output.first("the ready line") { $0 == "ready" }
            try child.send(.terminate)
            return child
        }
        #expect(try await child.waitForExit() == .signal(9))
    }

    @Test func failsWaitingForALineThatCannotCome() async throws {
        try await withChildProcess("echo", ["something else"]) { child in
            let error = await #expect(throws: TestSupportError.self) {
                try await child.output.first("the ready line") { $0 == "ready" }
            }
            #expect(error?.code == .ended)
        }
    }

    @Test func saysThatAnExecutableIsMissing() async throws {
        await #expect(throws: (any Error).self) {
            try await withChildProcess("/nonexistent/program") { _ in }
        }
    }

    @Test func deadlineNamesWhatWasWaitedFor() async throws {
        let nothing = Recorder<Int>()
        let error = await #expect(throws: TestSupportError.self) {
            try await nothing.atLeast(1, "miracle", within: .milliseconds(20))
        }
        #expect(error?.code == .deadlinePassed)
        #expect(error?.message.contains("miracle") == true)
    }
}
