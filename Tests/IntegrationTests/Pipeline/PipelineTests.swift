import AMQP
import MoltBotCore
import MoltBotWorker
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(30))) struct PipelineTests {
    @Test(arguments: Layout.allCases)
    func taskGetsItsResultEverywhere(_ layout: Layout) async throws {
        try await TestBroker.withVirtualHost { host in
            try await withModelServer { server in
                var configuration = WorkerConfiguration()
                // Not reached: the call is short, and the machine may be busy.
                configuration.startNewsDelay = .seconds(600)
                try await withPipeline(layout, url: host.url, model: server.baseURL, configuration: configuration) { pipeline in
                    try await pipeline.publish(
                        #"{"prompt": "What is six times seven?", "model": "gpt-4", "metadata": {"ticket": "42"}}"#, id: "task-1",
                        replyTo: pipeline.replyQueue, correlationID: "my-42")

                    let outcome = try await pipeline.outcome(of: "task-1")
                    #expect(outcome.status == .completed)
                    #expect(outcome.result == "What is six times seven?")
                    #expect(outcome.model == "gpt-4")
                    #expect(outcome.metadata == ["ticket": "42"])
                    #expect(outcome.attempts.count == 1)
                    #expect((outcome.usage?.inputTokens ?? 0) > 0)
                    // Too short for the news of its start.
                    #expect(pipeline.types(of: "task-1") == ["task.completed"])

                    let reply = try await pipeline.replies.atLeast(1, "a reply")[0]
                    #expect(reply.properties.correlationID == "my-42")
                    #expect(reply.properties.type == "task.completed")
                    #expect(reply.properties.contentType == "application/cloudevents+json")
                    let result = try await pipeline.results.atLeast(1, "a result")[0]
                    #expect(result.properties.messageID == reply.properties.messageID)
                    #expect(result.routingKey == "default.task.completed")
                }
            }
        }
    }

    @Test(arguments: Layout.allCases)
    func failureIsRetriedThroughTheBroker(_ layout: Layout) async throws {
        try await TestBroker.withVirtualHost { host in
            try await withModelServer { request in
                request.number < 3 ? .failure(503, "busy") : ModelServer.echo(request)
            } run: { server in
                var configuration = WorkerConfiguration()
                configuration.startNewsDelay = .zero
                try await withPipeline(layout, url: host.url, model: server.baseURL, configuration: configuration) { pipeline in
                    try await pipeline.publish(#"{"prompt": "Try", "model": "m"}"#, id: "retried")
                    let outcome = try await pipeline.outcome(of: "retried")
                    #expect(outcome.status == .completed)
                    #expect(outcome.attempts.map(\.number) == [1, 2, 3])
                    #expect(outcome.attempts.map { $0.error?.type } == ["overloaded", "overloaded", nil])
                    #expect(
                        pipeline.types(of: "retried") == [
                            "task.started", "task.retrying", "task.started", "task.retrying", "task.started", "task.completed",
                        ])
                }
            }
        }
    }

    @Test func brokenTasksBecomeDeadLettersWithTheirReason() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withPipeline(url: host.url) { pipeline in
                try await pipeline.publish("{not json", id: "malformed")
                try await pipeline.publish(#"{"promt": "x"}"#, id: "misspelt")
                try await pipeline.publish(#"{"prompt": 7}"#, id: "mistyped")
                try await pipeline.publish(#"{"prompt": "\#(String(repeating: "x", count: 20_000_000))"}"#, id: "huge")
                try await pipeline.publish(#"{"prompt": "still alive"}"#, id: "good")
                for (id, part) in [("malformed", "JSON"), ("misspelt", "prompt"), ("mistyped", "prompt"), ("huge", "20000014 bytes")] {
                    let outcome = try await pipeline.outcome(of: id)
                    #expect(outcome.status == .failed)
                    #expect(outcome.error?.type == "invalid_task")
                    #expect(outcome.error?.message.contains(part) == true, "\(outcome.error?.message ?? "")")
                }
                #expect(try await pipeline.outcome(of: "good").result == "still alive")
                let dead = try await pipeline.program.withChannel { channel in
                    var reasons: [String] = []
                    while let delivery = try await channel.get("moltbot.dead") {
                        reasons.append(delivery.properties.headers?["x-moltbot-dead-reason"]?.stringValue ?? "none")
                        channel.settle(delivery, .ack)
                    }
                    return reasons
                }
                #expect(dead.count == 4)
                #expect(dead.allSatisfy { $0.hasPrefix("invalid_task: ") })
            }
        }
    }

    @Test func senderFindsItsTraceInEveryEvent() async throws {
        let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        var configuration = WorkerConfiguration()
        configuration.startNewsDelay = .zero
        try await TestBroker.withVirtualHost { [configuration] host in
            try await withPipeline(url: host.url, configuration: configuration) { pipeline in
                try await pipeline.publish(#"{"prompt": "traced"}"#, id: "traced", headers: ["traceparent": .string(trace)])
                _ = try await pipeline.outcome(of: "traced")
                let events = pipeline.events.elements.filter { $0.properties.correlationID == "traced" }
                #expect(events.count == 2)
                #expect(events.allSatisfy { $0.properties.headers?["traceparent"]?.stringValue == trace })
            }
        }
    }

    @Test func hundredDuplicatesRunOnce() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withModelServer { server in
                try await withPipeline(url: host.url, model: server.baseURL) { pipeline in
                    for _ in 0..<100 { try await pipeline.publish(#"{"prompt": "Once", "model": "m"}"#, id: "same") }
                    try await pipeline.publish(#"{"prompt": "Last", "model": "m"}"#, id: "last", priority: 1)
                    _ = try await pipeline.outcome(of: "last")
                    #expect(pipeline.types(of: "same").filter { $0 == "task.completed" }.count == 1)
                    #expect(server.requests.count == 2)
                }
            }
        }
    }
}
