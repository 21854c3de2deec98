import TestSupport
import Testing

@testable import PrivateBroker

@Suite struct ThreadStatesTests {
    /// A program names its threads as it likes.
    @Test(arguments: [("7 (beam.smp) S 1 7 7", "S"), ("8 (1_scheduler (a) T) R 1", "R"), ("9 () T 1", "T")] as [(String, Character)])
    func readsTheStateBehindTheName(line: String, state: Character) {
        #expect(ThreadStates.letter(in: line) == state)
    }

    @Test func knowsAProcessThatStandsStillFromOneThatDoesNot() async throws {
        try await withChildProcess("tail", ["-f", "/dev/null"]) { child in
            #expect(!ThreadStates(of: child.pid).isStandingStill)
            // Just started, so the pid is ours; while the program is being loaded it has no words to be known by.
            let process = try #require(VerifiedProcess(pid: child.pid, runningWith: []))
            try await process.suspend(within: .seconds(60))
            #expect(ThreadStates(of: child.pid).letters == ["T"])
            try child.send(.resume)
            try child.send(.kill)
            _ = try await child.waitForExit()
            #expect(ThreadStates(of: child.pid).isStandingStill)
        }
    }
}
