import AMQP
import FoundationEssentials
import Logging
import MoltBot
import MoltBotCore
import MoltBotLedger
import NIOCore
import PrivateBroker
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(30))) struct LibraryLifetimeTests {
    @Test func anotherProgramLearnsHowATaskEnded() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withPipeline(url: host.url) { pipeline in
                let task = try await withMoltBot(host.url, options: .quiet) { bot in
                    let task = try await bot.submit(.init("remember", model: "echo"))
                    try await bot.wait(for: task)
                    return task
                }
                let known = MoltBot.SubmittedTask(id: task.id, submittedAt: task.submittedAt)
                // No ledger node is there: the stream itself is read.
                try await withMoltBot(host.url, options: .quiet) { bot in
                    // A reading that takes too long finds nothing.
                    try await eventually("the outcome is found in the stream") { try await bot.result(of: known)?.result == "remember" }
                    #expect(try await bot.result(of: .init(id: "unknown")) == nil)
                }
                try await withLedgerNode(url: host.url, pipeline) { ledger in
                    try await ledger.waitUntilRead()
                    try await withMoltBot(host.url, options: .quiet) { bot in
                        let outcome = try await bot.wait(for: .init(id: task.id), timeout: .seconds(300))
                        #expect(outcome.result == "remember")
                    }
                }
            }
        }
    }

    @Test func somebodyElsesTaskIsAwaited() async throws {
        let held = Gate()
        try await withModelServer {
            ModelServer.echo($0).held(by: held)
        } run: { server in
            try await withLibrary(model: server.baseURL) { bot, pipeline in
                try await pipeline.publish(#"{"prompt": "theirs", "model": "m"}"#, id: "theirs")
                try await server.requests.atLeast(1, "call")
                async let outcome = bot.wait(for: .init(id: "theirs"), timeout: .seconds(300))
                held.open()
                #expect(try await outcome.text() == "theirs")
            }
        }
    }

    @Test func aRestartOfTheBrokerIsOnlyAPause() async throws {
        let held = Gate()
        try await withModelServer { request in
            request.number <= 20 ? ModelServer.echo(request).held(by: held) : ModelServer.echo(request)
        } run: { server in
            try await TestBroker.withOwnBroker { broker in
                let url = broker.running.amqpURL
                try await withPipeline(url: url, model: server.baseURL) { _ in
                    try await withMoltBot(url, options: .quiet) { bot in
                        let completed = Recorder<String>()
                        try await bot.onComplete { completed.record($0.result ?? "") }
                        let requests = (1...100).map { MoltBot.Request("task \($0)", model: "m") }
                        let before = try await bot.submitBatch(requests.prefix(50))
                        try await server.requests.atLeast(20, "call")
                        async let outcomes = bot.wait(for: before, timeout: .seconds(300))
                        try await broker.broker.kill()
                        async let during = bot.submitBatch(requests.suffix(50))
                        held.open()
                        _ = try await broker.broker.start()
                        #expect(try await outcomes.map(\.result) == (1...50).map { "task \($0)" })
                        let after = try await bot.wait(for: during, timeout: .seconds(300))
                        #expect(after.map(\.result) == (51...100).map { "task \($0)" })
                        try await completed.atLeast(100, "completed task", within: .seconds(60))
                        #expect(Set(completed.elements).count == 100)
                    }
                }
            }
        }
    }

    @Test func aLostReplyQueueLosesNoOutcome() async throws {
        let held = Gate()
        try await withModelServer {
            ModelServer.echo($0).held(by: held)
        } run: { server in
            try await TestBroker.withVirtualHost { host in
                try await withPipeline(url: host.url, model: server.baseURL) { _ in
                    try await withMoltBot(host.url, options: .quiet) { bot in
                        let task = try await bot.submit(.init("found again", model: "m"))
                        try await server.requests.atLeast(1, "call")
                        let queue = try await host.replyQueue()
                        async let outcome = bot.wait(for: task, timeout: .seconds(300))
                        try await host.management.expectSuccess("DELETE", "/api/queues/\(host.name)/\(queue)")
                        held.open()
                        #expect(try await outcome.text() == "found again")
                    }
                }
            }
        }
    }

    @Test func anOutcomeThatWasLostBeforeItIsWaitedForIsFound() async throws {
        let never = Gate()
        try await withModelServer {
            ModelServer.echo($0).held(by: never)
        } run: { server in
            try await TestBroker.withVirtualHost { host in
                try await withPipeline(url: host.url, model: server.baseURL) { pipeline in
                    try await withMoltBot(host.url, options: .quiet) { bot in
                        let task = try await bot.submit(.init("lost", model: "m"))
                        let queue = try await host.replyQueue()
                        try await host.management.expectSuccess("DELETE", "/api/queues/\(host.name)/\(queue)")
                        // The client has its queue again; the reply came when it had none.
                        #expect(try await host.replyQueue() == queue)
                        var outcome = TaskOutcome(taskID: try #require(TaskID(task.id)), workspace: .default, status: .completed)
                        outcome.result = "found again"
                        let event = TaskEvent(outcome)
                        try await pipeline.program.publish(
                            AMQPMessage(
                                exchange: "moltbot.events", routingKey: "default.task.completed",
                                properties: AMQPProperties(
                                    deliveryMode: .persistent, correlationID: task.id, messageID: event.id, type: event.type.rawValue),
                                body: ByteBuffer(bytes: event.encode())))
                        #expect(try await bot.wait(for: task, timeout: .seconds(300)).text() == "found again")
                    }
                }
            }
        }
    }

    @Test func aTaskThatEndedLongAgoIsFoundOnceALedgerNodeIsThere() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withPipeline(url: host.url) { pipeline in
                try await pipeline.publish(#"{"prompt": "long ago", "model": "echo"}"#, id: "old")
                _ = try await pipeline.outcome(of: "old")
                let notices = Recorder<String>()
                var options = MoltBot.Options()
                options.logger = .recording(notices, from: .notice)
                try await withMoltBot(host.url, options: options) { bot in
                    // A reading from there on does not come by the task's end, as one of a long ledger does not in its time.
                    let task = MoltBot.SubmittedTask(id: "old", submittedAt: .now + 3600)
                    let waited = Task { try await bot.wait(for: task, timeout: .seconds(300)).text() }
                    _ = try await notices.first("a try without a ledger node") { $0.hasPrefix("No ledger node is there") }
                    try await withLedgerNode(url: host.url, pipeline) { _ in
                        let text = try await waited.value
                        #expect(text == "long ago")
                    }
                }
            }
        }
    }

    @Test func closingLetsTasksGoOnAndLeavesNoQueueBehind() async throws {
        let held = Gate()
        try await withModelServer {
            ModelServer.echo($0).held(by: held)
        } run: { server in
            try await TestBroker.withVirtualHost { host in
                try await withPipeline(url: host.url, model: server.baseURL) { pipeline in
                    let bot = try await MoltBot.connect(to: host.url, options: .quiet)
                    _ = try await bot.events
                    let task = try await bot.submit(.init("goes on", model: "m"))
                    try await server.requests.atLeast(1, "call")
                    async let waited = Self.code { try await bot.wait(for: task) }
                    await bot.close()
                    #expect(await waited == .closed)
                    #expect(await Self.code { try await bot.submit("too late") } == .closed)
                    #expect(try await host.queueNames().allSatisfy { !$0.hasPrefix("moltbot.reply.") })
                    // A second time does no harm.
                    await bot.close()
                    held.open()
                    #expect(try await pipeline.outcome(of: task.id).result == "goes on")
                }
            }
        }
    }

    private static func code<Result>(_ body: () async throws -> Result) async -> MoltBotError.Code? {
        do {
            _ = try await body()
            return nil
        } catch {
            return (error as? MoltBotError)?.code
        }
    }
}
