import AMQP
import ModelProviders
import MoltBotCore
import MoltBotWorker
import TestSupport
import Testing

/// Each kind of failure has fallbacks of its own.
@Suite("Fallbacks", .timeLimit(.minutes(30))) struct FallbackTests {
    private static let tooLong = ModelResponse.json(
        #"{"error": {"message": "too long", "type": "invalid_request_error", "code": "context_length_exceeded"}}"#, status: 400)
    private static let refused = ModelResponse.json(
        #"{"error": {"message": "no", "type": "invalid_request_error", "code": "content_policy_violation"}}"#, status: 400)

    @Test(
        "A request that is too long goes to the models for long ones, a refused one only where the settings say so",
        arguments: [(true, true), (false, true), (false, false)])
    func byReason(_ isTooLong: Bool, _ hasPolicyFallback: Bool) async throws {
        let fallbacks = Fallbacks(
            onError: ["wrong"], onContextLength: ["long"], onContentPolicy: hasPolicyFallback ? ["lenient"] : [])
        try await TestBroker.withVirtualHost { host in
            try await withModelServer { _ in
                isTooLong ? Self.tooLong : Self.refused
            } run: { strict in
                try await withModelServer { other in
                    let models = ModelConfiguration(deployments: [
                        .at(strict, "strict", fallbacks: fallbacks), .at(other, "long-1", model: "long"),
                        .at(other, "lenient-1", model: "lenient"), .at(other, "wrong-1", model: "wrong"),
                    ])
                    try await withPipeline(url: host.url, models: models) { pipeline in
                        try await pipeline.publish(#"{"prompt": "Hello", "model": "gpt"}"#, id: "task")
                        let outcome = try await pipeline.outcome(of: "task")
                        if isTooLong {
                            #expect(outcome.attempts.map(\.deployment) == ["strict", "long-1"])
                        } else if hasPolicyFallback {
                            #expect(outcome.attempts.map(\.deployment) == ["strict", "lenient-1"])
                        } else {
                            #expect(outcome.attempts.map(\.deployment) == ["strict"])
                            #expect(outcome.error?.type == "content_policy")
                        }
                    }
                }
            }
        }
    }

    @Test("A stream that breaks before its first piece fails over; one that breaks later is retried whole", arguments: [false, true])
    func brokenStream(_ hasDelivered: Bool) async throws {
        try await TestBroker.withVirtualHost { host in
            try await withModelServer { request in
                guard request.number == 1 else { return ModelServer.echo(request) }
                let whole = ModelResponse.stream(["One ", "two"])
                var broken = whole.ending(.closeConnection)
                broken.chunks = hasDelivered ? Array(whole.chunks.prefix(2)) : []
                return broken
            } run: { first in
                try await withModelServer { second in
                    let models = ModelConfiguration(deployments: [.at(first, "first"), .reserve(second, "second")])
                    try await withPipeline(url: host.url, models: models) { pipeline in
                        try await pipeline.publish(
                            #"{"prompt": "One two", "model": "gpt", "stream": true}"#, id: "task", replyTo: pipeline.replyQueue)
                        let outcome = try await pipeline.outcome(of: "task")
                        #expect(outcome.result == "One two")
                        #expect(outcome.attempts.count == 2)
                        #expect(outcome.attempts.map(\.deployment) == (hasDelivered ? ["first", "first"] : ["first", "second"]))
                        #expect(pipeline.types(of: "task").contains("task.retrying") == hasDelivered)
                    }
                }
            }
        }
    }

    @Test(
        "An error inside a 200 that comes before the first piece fails over, also behind events that say nothing yet",
        arguments: [
            [#"{"error": {"message": "no capacity", "code": 503}}"#],
            [
                #"{"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]}"#,
                #"{"error": {"message": "no capacity", "code": 503}}"#,
            ],
            [
                #"{"choices": [], "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": {}}]}"#,
                #"{"error": {"message": "no capacity", "code": 503}}"#,
            ],
        ])
    func errorBeforeTheFirstPiece(_ events: [String]) async throws {
        try await TestBroker.withVirtualHost { host in
            try await withModelServer { _ in
                .events(events + ["[DONE]"])
            } run: { first in
                try await withModelServer { second in
                    let models = ModelConfiguration(deployments: [.at(first, "first"), .reserve(second, "second")])
                    try await withPipeline(url: host.url, models: models) { pipeline in
                        try await pipeline.publish(
                            #"{"prompt": "One two", "model": "gpt", "stream": true}"#, id: "task", replyTo: pipeline.replyQueue)
                        let outcome = try await pipeline.outcome(of: "task")
                        #expect(outcome.result == "One two")
                        #expect(outcome.attempts.map(\.deployment) == ["first", "second"])
                        #expect(outcome.attempts.first?.error?.type == "overloaded")
                        _ = try await pipeline.replies.first("the outcome") { $0.isTerminalEvent }
                        let pieces = pipeline.replies.elements.filter { $0.properties.type == "task.progress" }
                        #expect(pieces.count == 2, "the answer's own pieces and no others")
                    }
                }
            }
        }
    }

    @Test("While the model is out its tasks go to the fallbacks at once, whatever has taken it out", arguments: [503, 401])
    func whileTheModelIsOut(_ status: Int) async throws {
        var health = HealthPolicy()
        (health.deployment.firstOpenTime, health.key.firstOpenTime) = (.seconds(600), .seconds(600))
        try await TestBroker.withVirtualHost { [health] host in
            try await withModelServer { _ in
                .failure(status, "no")
            } run: { broken in
                try await withModelServer { sound in
                    var models = ModelConfiguration(deployments: [
                        .at(broken, "only", keys: ["key"], fallbacks: Fallbacks(onError: ["claude"])),
                        .at(sound, "claude-1", model: "claude"),
                    ])
                    models.health = health
                    try await withPipeline(url: host.url, models: models) { pipeline in
                        for number in 0..<8 {
                            try await pipeline.publish(#"{"prompt": "Hello", "model": "gpt"}"#, id: "task-\(number)")
                            let outcome = try await pipeline.outcome(of: "task-\(number)")
                            #expect(outcome.status == .completed)
                            #expect(outcome.model == "claude")
                        }
                        #expect(pipeline.types(of: "task-7").contains("task.retrying") == false)
                        #expect(broken.requests.count == (status == 401 ? 1 : 5))
                    }
                }
            }
        }
    }

    @Test("A fallback that has no place free gives none away to tasks that do not wait for it")
    func fullFallback() async throws {
        let isAnswered = Gate()
        try await TestBroker.withVirtualHost { host in
            try await withModelServer { _ in
                .failure(503, "busy")
            } run: { broken in
                try await withModelServer { request in
                    var answer = ModelServer.echo(request)
                    answer.gate = isAnswered
                    return answer
                } run: { sound in
                    let models = ModelConfiguration(deployments: [
                        .at(broken, "only", fallbacks: Fallbacks(onError: ["claude"])),
                        .at(sound, "claude-1", model: "claude", limits: RateLimits(concurrency: 1)),
                    ])
                    try await withPipeline(url: host.url, models: models) { pipeline in
                        try await pipeline.publish(#"{"prompt": "Hello", "model": "gpt"}"#, id: "first")
                        _ = try await sound.requests.first("the first one's call") { _ in true }
                        try await pipeline.publish(#"{"prompt": "Hello", "model": "gpt", "max_retries": 0}"#, id: "second")
                        #expect(try await pipeline.outcome(of: "second").error?.type == "overloaded")
                        isAnswered.open()
                        #expect(try await pipeline.outcome(of: "first").status == .completed)
                        try await pipeline.publish(#"{"prompt": "Hello", "model": "claude"}"#, id: "third")
                        #expect(try await pipeline.outcome(of: "third").status == .completed)
                    }
                }
            }
        }
    }
}
