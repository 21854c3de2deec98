import MoltBot
import MoltBotWorker
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(30))) struct LibraryEventTests {
    @Test func eventsOfAllProgramsTasksAreHeard() async throws {
        var configuration = WorkerConfiguration()
        configuration.startNewsDelay = .zero
        try await withLibrary(configuration: configuration) { bot, pipeline in
            let events = try await bot.events
            try await pipeline.publish(#"{"prompt": "by hand", "model": "echo"}"#, id: "foreign")
            var heard: [MoltBot.EventType] = []
            for await event in events where event.taskID == "foreign" {
                heard.append(event.type)
                if event.outcome.status.isTerminal {
                    #expect(event.outcome.result == "by hand")
                    break
                }
            }
            #expect(heard == [.started, .completed])
        }
    }

    @Test func handlersGetWhatTheyAreForAlsoAfterTheyFail() async throws {
        struct Broken: Error {}
        var configuration = WorkerConfiguration()
        // No news of a start, however long an attempt takes: each task has one event.
        configuration.startNewsDelay = .seconds(600)
        try await withLibrary(configuration: configuration) { bot, _ in
            let completed = Recorder<String>()
            let failed = Recorder<String>()
            let all = Recorder<MoltBot.EventType>()
            try await bot.onComplete { outcome in
                completed.record(outcome.result ?? "")
                throw Broken()
            }
            try await bot.onError { failed.record($0.failure?.type ?? "") }
            try await bot.onEvent { all.record($0.type) }
            try await bot.wait(for: bot.submitBatch(["one", "two"].map { .init($0, model: "echo") }))
            try await bot.wait(for: bot.submit(.init("nobody serves this", model: "unknown")))
            #expect(Set(try await completed.atLeast(2, "completed task")) == ["one", "two"])
            #expect(try await failed.atLeast(1, "failed task") == ["not_found"])
            #expect(try await all.atLeast(3, "event").count == 3)
        }
    }

    @Test func aHandlerOfOneTaskHearsOfThatOneUntilItIsCancelled() async throws {
        try await withLibrary { bot, _ in
            let heard = Recorder<String>()
            let other = Recorder<String>()
            let request = MoltBot.Request("mine", model: "echo")
            let registration = try await bot.onComplete(of: MoltBot.SubmittedTask(id: "mine")) { heard.record($0.taskID) }
            try await bot.onComplete { other.record($0.taskID) }
            var mine = request
            mine.id = "mine"
            try await bot.submit(mine)
            try await bot.submit(request)
            try await other.atLeast(2, "completed task")
            #expect(try await heard.atLeast(1, "own task") == ["mine"])
            registration.cancel()
            mine.id = "mine-too"
            try await bot.wait(for: bot.submit(mine))
            try await other.atLeast(3, "completed task")
            #expect(heard.elements == ["mine"])
        }
    }
}
