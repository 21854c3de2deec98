import MoltBotCore
import TestSupport
import Testing

@Suite("moltbot results", .timeLimit(.minutes(30)))
struct ResultsTests {
    @Test func printsWhatIsThereOnALineEach() async throws {
        try await withTerminal { terminal in
            try await terminal.withWorker { _ in
                _ = try await terminal.moltbot("submit", "--wait", "--model", "echo", "--id", "r1", "one\ntwo")
                let run = try await terminal.moltbot("results")
                #expect(run.exit == .code(0))
                #expect(run.output == "r1\tcompleted\tone\\ntwo")
                let empty = try await terminal.moltbot("results")
                #expect(empty.exit == .code(0))
                #expect(empty.output.isEmpty)
            }
        }
    }

    @Test func interruptingLeavesNothingUnacknowledged() async throws {
        try await withTerminal { terminal in
            try await terminal.withWorker { _ in
                try await terminal.withMoltbot("results", "--follow", "--json") { results in
                    for id in ["a", "b", "c"] { _ = try await terminal.moltbot("submit", "--model", "echo", "--id", id, "x") }
                    let lines = try await results.output.atLeast(3, "results")
                    #expect(try Set(lines.map { try TaskEvent.decode(Array($0.utf8)).taskID.rawValue }) == ["a", "b", "c"])
                    try results.send(.interrupt)
                    #expect(try await results.waitForExit() == .code(0))
                }
                #expect(try await terminal.count("moltbot.results") == 0)
            }
        }
    }

    @Test func aQueueOfOnesOwnGetsEveryOutcomeAsWell() async throws {
        try await withTerminal { terminal in
            try await terminal.withWorker { _ in
                #expect(try await terminal.moltbot("results", "--queue", "billing").output.isEmpty)
                _ = try await terminal.moltbot("submit", "--wait", "--model", "echo", "--id", "r1", "x")
                #expect(try await terminal.moltbot("results", "--queue", "billing").output == "r1\tcompleted\tx")
                #expect(try await terminal.moltbot("results", "--count", "1").output == "r1\tcompleted\tx")
            }
            let refused = try await terminal.moltbot("results", "--queue", "moltbot.ledger")
            #expect(refused.exit == .code(64))
        }
    }
}
