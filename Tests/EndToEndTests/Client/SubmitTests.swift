import AMQP
import MoltBotCore
import TestSupport
import Testing

@Suite("moltbot submit", .timeLimit(.minutes(30)))
struct SubmitTests {
    @Test func waitsForTheAnswerAndPrintsIt() async throws {
        try await withTerminal { terminal in
            try await terminal.withWorker { _ in
                let plain = try await terminal.moltbot("submit", "--wait", "--model", "echo", "What is six times seven?")
                #expect(plain.exit == .code(0))
                #expect(plain.output == "What is six times seven?")

                let piped = try await terminal.moltbot("submit", "--wait", "--model", "echo", "--json", "-", input: "from a pipe")
                let event = try TaskEvent.decode(Array(piped.output.utf8))
                #expect(event.type == .completed)
                #expect(event.outcome?.result == "from a pipe")
            }
        }
    }

    @Test func aTaskThatFailsIsExitStatusOne() async throws {
        try await withTerminal { terminal in
            try await terminal.withWorker { _ in
                let run = try await terminal.moltbot(
                    "submit", "--wait", "--model", "echo", "--parameters", #"{"echo_status": 400}"#, "--id", "broken-1", "x")
                #expect(run.exit == .code(1))
                #expect(run.output.isEmpty)
                #expect(run.errorOutput.contains("task broken-1 failed: "))
            }
        }
    }

    @Test func withoutAWorkerTheWaitEndsInTimeAndTheTaskStays() async throws {
        try await withTerminal { terminal in
            let run = try await terminal.moltbot("submit", "--wait", "--timeout", "30", "x")
            #expect(run.exit == .code(75))
            #expect(run.errorOutput.contains("moltbot worker"))
            #expect(run.errorOutput.contains("They go on"))
            #expect(try await terminal.count("moltbot.tasks.default") == 1)
        }
    }

    @Test func withoutAQueueForTheAnswersItEnds() async throws {
        try await withTerminal { terminal in
            try await terminal.withMoltbot("submit", "--wait", "x") { submit in
                try await eventually("the task is sent") { try await terminal.count("moltbot.tasks.default") == 1 }
                let task = try await terminal.program.withChannel { try await $0.get("moltbot.tasks.default") }
                let queue = try #require(task?.properties.replyTo)
                try await terminal.program.withChannel { _ = try await $0.queueDelete(queue) }
                #expect(try await submit.waitForExit() == .code(75))
                let said = submit.errorOutput.elements.joined(separator: "\n")
                #expect(said.contains("1 of 1 answers are missing") && said.contains(" go on; "), "\(said)")
            }
        }
    }

    @Test func aFileMayBeAPipe() async throws {
        try await withTerminal { terminal in
            let run = try await terminal.shell(#"echo '{"id": "piped", "prompt": "x"}' | "$MOLTBOT" submit --file /dev/stdin"#)
            #expect(run.exit == .code(0), "\(run.errorOutput)")
            #expect(run.output == "piped")
        }
    }

    @Test func printsTheIDsOfAFileInItsOrder() async throws {
        try await withTerminal { terminal in
            let ids = (1...1200).map { "t\($0)" }
            let lines = ids.map { #"{"id": "\#($0)", "prompt": "p", "priority": 8}"# }
            let file = try await Terminal.file("tasks.jsonl", lines.joined(separator: "\n"))
            let run = try await terminal.moltbot("submit", "--file", file)
            #expect(run.exit == .code(0))
            #expect(run.output.split(separator: "\n").map(String.init) == ids)
            #expect(try await terminal.count("moltbot.tasks.default") == 1200)
        }
    }

    @Test func sendsAllOfAFileAlsoWhenNobodyReadsOn() async throws {
        try await withTerminal { terminal in
            let lines = (1...3000).map { #"{"id": "t\#($0)", "prompt": "p"}"# }
            let file = try await Terminal.file("tasks.jsonl", lines.joined(separator: "\n"))
            let run = try await terminal.shell("\"$MOLTBOT\" submit --file '\(file)' | head -n 1")
            #expect(run.output == "t1", "\(run.errorOutput)")
            #expect(try await terminal.count("moltbot.tasks.default") == 3000)
        }
    }

    @Test func sendsAllOfAFileAlsoWhenNobodyReadsTheAnswers() async throws {
        try await withTerminal { terminal in
            try await terminal.withWorker { _ in
                let lines = (1...1000).map { #"{"id": "t\#($0)", "prompt": "p", "model": "echo"}"# }
                let file = try await Terminal.file("tasks.jsonl", lines.joined(separator: "\n"))
                _ = try await terminal.shell("\"$MOLTBOT\" submit --file '\(file)' --wait | head -n 1")
                let results = try await terminal.moltbot("results", "--follow", "--count", "1000")
                #expect(results.output.split(separator: "\n").count == 1000, "\(results.errorOutput)")
            }
        }
    }

    @Test func aFileWithBadLinesIsNotSentAtAll() async throws {
        try await withTerminal { terminal in
            let file = try await Terminal.file(
                "tasks.jsonl",
                """
                {"id": "a", "prompt": "good"}
                {"promt": "misspelt"}

                {"id": "a", "prompt": "the same id"}
                {"prompt": "x", "priority": 11}
                not json
                {"prompt": "good"}
                """)
            let refused = try await terminal.moltbot("submit", "--file", file)
            #expect(refused.exit == .code(64))
            #expect(refused.output.isEmpty)
            for part in [
                "\(file):2: ", "did you mean \"prompt\"?", "\(file):4: id: \"a\" is the id of line 1 as well",
                "\(file):5: priority: expected a whole number from 0 to 10", "\(file):6: not valid JSON", "4 of 6 lines are bad",
            ] { #expect(refused.errorOutput.contains(part), "\(part) is missing in:\n\(refused.errorOutput)") }
            #expect(try await terminal.count("moltbot.tasks.default") == 0)

            let partial = try await terminal.moltbot("submit", "--file", file, "--keep-going")
            #expect(partial.exit == .code(1))
            #expect(partial.output.split(separator: "\n").count == 2)
            #expect(try await terminal.count("moltbot.tasks.default") == 2)
        }
    }

    @Test func usageMistakesSayWhatToGive() async throws {
        for (arguments, part) in [
            ([], "Give a prompt"), (["x", "--priority", "11"], "0 to 10"), (["x", "--parameters", "[1]"], "JSON object"),
            (["x", "--timeout", "5"], "--wait"), (["x", "--wait", "--timeout", "inf"], "at most"),
            (["x", "--wait", "--timeout", "nan"], "at most"), (["x", "--wait", "--timeout", "1e30"], "at most"),
            (["x", "--wait", "--timeout", "0"], "more than 0"), (["x", "--workspace", "A.b"], "a-z"),
            (["x", "--run-at", "tomorrow"], "RFC 3339"),
        ] {
            let run = try await runToEnd(try BuildProducts.executable("moltbot"), ["submit"] + arguments, environment: CommandRun.neutral)
            #expect(run.exit == .code(64), "\(arguments)")
            #expect(run.errorOutput.contains(part), "\(arguments): \(run.errorOutput)")
        }
    }
}
