import AMQP
import Logging
import MoltBotCore
import MoltBotLedger
import MoltBotMessaging
import MoltBotWorker
import NIOCore
import TestSupport
import Testing

/// Numbers at the end of their range, in what senders, models and old streams say: they end no process.
@Suite("Absurd counts", .timeLimit(.minutes(30))) struct AbsurdCountTests {
    private static let most = "9223372036854775807"
    private static let completion = #"""
        {"id": "c", "model": "gpt", "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"}],
         "usage": {"prompt_tokens": \#(most), "completion_tokens": \#(most), "total_tokens": \#(most)}}
        """#

    @Test("A task's history and a model's usage: the task completes, and the worker goes on")
    func worker() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withModelServer { _ in
                .json(Self.completion)
            } run: { server in
                var deployment = Deployment.at(server, "priced", limits: RateLimits(tokensPerMinute: 1_000_000_000_000))
                deployment.prices = ModelPrices(["input_cost_per_token": 1e-6, "output_cost_per_token": 2e-6])
                var models = ModelConfiguration(deployments: [deployment])
                models.workspaceLimits = [.default: RateLimits(tokensPerMinute: 1_000_000_000_000)]
                try await withPipeline(url: host.url, models: models) { pipeline in
                    let history = #"[{"number": \#(Self.most), "started_at": "2026-01-01T00:00:00Z"}]"#
                    try await pipeline.publish(
                        #"{"prompt": "Hello", "model": "gpt"}"#, id: "first",
                        headers: ["x-moltbot-attempts": .string(history), "x-moltbot-attempt": .int64(.max)])
                    let outcome = try await pipeline.outcome(of: "first")
                    #expect(outcome.status == .completed)
                    #expect(outcome.attempts.count == 2)
                    #expect(outcome.usage == Usage(inputTokens: .max, outputTokens: .max))
                    #expect(outcome.cost ?? 0 > 0)
                    // The limit is used up for minutes: what the worker says of that shows that it lives.
                    let deadline = (Timestamp.now() + .seconds(30)).rfc3339
                    try await pipeline.publish(#"{"prompt": "Hello", "model": "gpt", "deadline": "\#(deadline)"}"#, id: "second")
                    #expect(try await pipeline.outcome(of: "second").error?.type == "rate_limited")
                }
            }
        }
    }

    @Test("Events that are in the stream: the node reads them and what comes after")
    func ledger() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withPipeline(url: host.url) { pipeline in
                for number in 0..<3 {
                    let id = "old-\(number)"
                    let event = #"""
                        {"specversion": "1.0", "id": "\#(id)-terminal", "source": "/moltbot/default", "type": "task.completed",
                         "time": "2026-12-01T00:00:00Z", "data": {"task_id": "\#(id)", "workspace": "default", "status": "completed",
                         "model": "gpt", "cost_usd": 1e308, "usage": {"input_tokens": \#(Self.most), "output_tokens": \#(Self.most)}}}
                        """#
                    try await pipeline.program.publish(
                        AMQPMessage(
                            exchange: "moltbot.events", routingKey: "default.task.completed",
                            properties: AMQPProperties(
                                contentType: "application/cloudevents+json", correlationID: id, messageID: "\(id)-terminal",
                                type: "task.completed"),
                            body: ByteBuffer(string: event)))
                }
                try await withLedgerNode(url: host.url, pipeline) { ledger in
                    try await pipeline.publish(#"{"prompt": "Hello"}"#, id: "new")
                    _ = try await pipeline.outcome(of: "new")
                    let new = try #require(TaskID("new"))
                    let end = try await ledger.store.waitForEnd(of: new, in: .default, within: .seconds(60))
                    #expect(end?.record.status == .completed)
                    let sums = try await ledger.store.statistics(of: .default, minutesSince: Timestamp(secondsSinceEpoch: 0))
                    let model = try #require(sums.models["gpt"])
                    #expect(model.inputTokens == 3 << 40)
                    #expect(model.costs.known == 3e9)
                }
            }
        }
    }

    @Test("A dead letter that says it was put back without end is put back")
    func deadLetter() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withPipeline(url: host.url) { pipeline in
                try await pipeline.publish(#"{"promt": "x"}"#, id: "broken", headers: ["x-moltbot-redrives": .int64(.max)])
                #expect(try await pipeline.outcome(of: "broken").error?.type == "invalid_task")
                let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
                let session = BrokerSession(configuration: try AMQPConfiguration(urls: host.url), role: "cli", logger: logger)
                let report = try await session.withConnections { try await DeadLetterQueue(session).retry(nil, in: .dead) }
                #expect(report.retried == ["broken"])
            }
        }
    }
}
