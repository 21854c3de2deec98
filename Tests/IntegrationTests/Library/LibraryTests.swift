import AMQP
import MoltBot
import MoltBotCore
import MoltBotWorker
import TestSupport
import Testing

/// The Swift library with a real broker and a real worker.
@Suite(.timeLimit(.minutes(30))) struct LibraryTests {
    @Test func aTaskIsSubmittedAwaitedAndKnown() async throws {
        try await withLibrary { bot, pipeline in
            var request = MoltBot.Request("What is six times seven?", model: "echo")
            request.metadata = ["ticket": "42", "weight": 1.5]
            let task = try await bot.submit(request, priority: .high)
            let outcome = try await bot.wait(for: task)
            #expect(outcome.status == .completed)
            #expect(try outcome.text() == "What is six times seven?")
            #expect(outcome.metadata == ["ticket": "42", "weight": 1.5])
            #expect(outcome.attempts.count == 1)
            #expect(outcome.message?["role"] == "assistant")
            #expect((outcome.usage?.totalTokens ?? 0) > 0)
            #expect(try await bot.result(of: task) == outcome)
            #expect(try await bot.wait(for: task, timeout: .zero) == outcome)
            #expect(try await pipeline.outcome(of: task.id).result == outcome.result)
        }
    }

    @Test func parametersReachTheModelAndCallbacksTheEvents() async throws {
        try await withModelServer { server in
            try await withLibrary(model: server.baseURL) { bot, pipeline in
                var request = MoltBot.Request(
                    messages: [["role": "system", "content": "Be brief"], ["role": "user", "content": "Hello"]], model: "gpt-4",
                    parameters: ["temperature": 0.25, "max_tokens": 7])
                request.callback = .init(url: "https://example.org/hook", headers: ["authorization": "Bearer t"], events: [.completed])
                request.onErrorURL = "https://example.org/error"
                let task = try await bot.submit(request)
                #expect(try await bot.wait(for: task).text() == "Hello")
                let body = String(decoding: try #require(server.requests.elements.first).body, as: UTF8.self)
                #expect(body.contains(#""temperature":0.25"#))
                #expect(body.contains(#""max_tokens":7"#))
                #expect(body.contains("Be brief"))
                _ = try await pipeline.outcome(of: task.id)
                let event = try #require(pipeline.events.elements.last { $0.properties.correlationID == task.id })
                let callbacks = try #require(event.properties.headers?["x-moltbot-callbacks"]?.stringValue)
                #expect(callbacks.contains("https://example.org/hook"))
                #expect(!callbacks.contains("https://example.org/error"))
            }
        }
    }

    @Test func fiveHundredTasksComeBackInTheirOrder() async throws {
        try await withLibrary { bot, pipeline in
            let requests = (1...500).map { MoltBot.Request("task \($0)", model: "echo") }
            let tasks = try await bot.submitBatch(requests)
            let outcomes = try await bot.wait(for: tasks, timeout: .seconds(300))
            #expect(outcomes.map(\.result) == (1...500).map { "task \($0)" })
            #expect(tasks.allSatisfy { pipeline.terminalCount(of: $0.id) <= 1 })
        }
    }

    @Test func aBatchLeavesWorkersToOthers() async throws {
        let held = Gate()
        try await withModelServer { request in
            request.bodyText.contains("batch") ? ModelServer.echo(request).held(by: held) : ModelServer.echo(request)
        } run: { server in
            try await withLibrary(model: server.baseURL) { bot, _ in
                let requests = (1...12).map { MoltBot.Request("batch \($0)", model: "m") }
                async let batch = bot.submitBatch(requests, concurrency: 3)
                try await server.requests.atLeast(3, "call")
                // Whatever else the batch had sent would have been taken before this one.
                _ = try await bot.wait(for: bot.submit(.init("other", model: "m"), priority: .low), timeout: .seconds(300))
                #expect(server.requests.elements.count { $0.bodyText.contains("batch") } == 3)
                held.open()
                let outcomes = try await bot.wait(for: batch, timeout: .seconds(300))
                #expect(outcomes.map(\.result) == (1...12).map { "batch \($0)" })
            }
        }
    }

    @Test func anAnswerIsReadWhileItIsWritten() async throws {
        let text = "one two three four five"
        try await withModelServer { server in
            try await withLibrary(model: server.baseURL) { bot, _ in
                let answer = try await bot.stream(.init(text, model: "m"))
                var read = ""
                for try await piece in answer { read = piece.isRestart ? piece.text : read + piece.text }
                #expect(read == text)
                #expect(try await bot.wait(for: answer.task).text() == text)
            }
        }
    }

    @Test func piecesComeBeforeTheAnswerEnds() async throws {
        let pieces = ["one", " two", " three"].map { #"{"choices": [{"index": 0, "delta": {"content": "\#($0)"}}]}"# }
        try await withModelServer { _ in
            .events(pieces).ending(.silence)
        } run: { server in
            try await withLibrary(model: server.baseURL) { bot, _ in
                let answer = try await bot.stream(.init("Hello", model: "m"))
                var read = ""
                await #expect {
                    for try await piece in answer {
                        read += piece.text
                        // The model falls silent after this; only the cancel ends the task.
                        if read == "one two three" { try await bot.cancel(answer.task) }
                    }
                } throws: {
                    ($0 as? MoltBotError)?.code == .taskFailed
                }
                #expect(read == "one two three")
            }
        }
    }

    @Test func aStreamOfAFailedTaskThrows() async throws {
        try await withModelServer { _ in
            .failure(401, "wrong key")
        } run: { server in
            try await withLibrary(model: server.baseURL) { bot, _ in
                let answer = try await bot.stream(.init("Hello", model: "m"))
                await #expect { for try await _ in answer {} } throws: { ($0 as? MoltBotError)?.code == .taskFailed }
                let outcome = try await bot.wait(for: answer.task)
                #expect(outcome.status == .failed)
                #expect(outcome.failure?.status == 401)
            }
        }
    }

    @Test func runningAndWaitingTasksAreCancelled() async throws {
        let never = Gate()
        var configuration = WorkerConfiguration()
        configuration.concurrency = 1
        try await withModelServer {
            ModelServer.echo($0).held(by: never)
        } run: { [configuration] server in
            try await withLibrary(model: server.baseURL, configuration: configuration) { bot, _ in
                let running = try await bot.submit(.init("runs", model: "m"))
                try await server.requests.atLeast(1, "call")
                let waiting = try await bot.submit(.init("waits", model: "m"))
                // A worker that takes its time has not answered, and is asked again.
                try await eventually("the worker has heard of the one that waits") { try await bot.cancel(waiting) == .marked }
                try await eventually("the worker has heard of the one that runs") {
                    [.cancelling, .ended].contains(try await bot.cancel(running))
                }
                #expect(try await bot.wait(for: running).status == .cancelled)
                #expect(try await bot.wait(for: waiting).status == .cancelled)
                // The worker takes note of an end after it has published it.
                try await eventually("the worker knows that the task has ended") { try await bot.cancel(waiting) == .ended }
            }
        }
    }

    @Test func aWaitEndsInTimeAndTheTaskGoesOn() async throws {
        let held = Gate()
        try await withModelServer {
            ModelServer.echo($0).held(by: held)
        } run: { server in
            try await withLibrary(model: server.baseURL) { bot, _ in
                let task = try await bot.submit(.init("later", model: "m"))
                await #expect { try await bot.wait(for: task, timeout: .milliseconds(50)) } throws: {
                    ($0 as? MoltBotError)?.code == .timeout
                }
                #expect(try await bot.result(of: task) == nil)
                held.open()
                #expect(try await bot.wait(for: task).text() == "later")
            }
        }
    }
}
