import AMQP
import ModelProviders
import MoltBotCore
import MoltBotWorker
import NIOHTTP1
import TestSupport
import Testing

@Suite("Limits that providers tell", .timeLimit(.minutes(30))) struct LearnedLimitTests {
    @Test(
        "What is left of a window holds the next tasks back until it is over",
        arguments: [
            ["x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "1500ms"],
            ["x-ratelimit-remaining-tokens": "10", "x-ratelimit-reset-tokens": "1.5s"],
        ])
    func window(_ headers: [String: String]) async throws {
        try await TestBroker.withVirtualHost { host in
            try await withModelServer { request in
                guard request.number == 1 else { return ModelServer.echo(request) }
                var response = ModelServer.echo(request)
                for (name, value) in headers { response.headers.add(name: name, value: value) }
                return response
            } run: { server in
                try await withPipeline(url: host.url, models: ModelConfiguration(deployments: [.at(server, "only")])) { pipeline in
                    for id in ["first", "second"] {
                        try await pipeline.publish(#"{"prompt": "Hello", "model": "gpt"}"#, id: id)
                        let outcome = try await pipeline.outcome(of: id)
                        #expect(outcome.status == .completed)
                        #expect(outcome.attempts.count == 1)
                    }
                    let times = server.requests.elements.map(\.received)
                    #expect(times.count == 2)
                    #expect(times[1] - times[0] >= .milliseconds(1400))
                }
            }
        }
    }

    @Test("The pause that one worker is asked for holds for all")
    func sharedPause() async throws {
        let workers = 6
        let refused = Recorder<ContinuousClock.Instant>()
        try await TestBroker.withVirtualHost { host in
            try await withModelServer { request in
                if let first = refused.elements.first, request.received - first > .milliseconds(2900) { return ModelServer.echo(request) }
                refused.record(request.received)
                return .failure(429, "slow down", headers: ["retry-after": "3"])
            } run: { server in
                let models = ModelConfiguration(deployments: [.at(server, "only")])
                try await withPipeline(url: host.url, models: models, workers: workers) { pipeline in
                    try await pipeline.withAcquaintedWorkers(workers) {
                        try await pipeline.withControlMessages(ofType: "moltbot.control.models") { news in
                            try await pipeline.publish(#"{"prompt": "Hello", "model": "gpt"}"#, id: "first")
                            try await news.atLeast(1, "word of the pause")
                            for number in 0..<30 {
                                try await pipeline.publish(#"{"prompt": "Hello", "model": "gpt"}"#, id: "task-\(number)")
                            }
                            for number in 0..<30 { #expect(try await pipeline.outcome(of: "task-\(number)").status == .completed) }
                        }
                    }
                    // Each for itself would make six. One or two may have been on their way.
                    #expect(refused.count <= 3, "\(refused.count)")
                }
            }
        }
    }

    @Test("A 429 that names its time is not asked again before; one whose time is beyond the deadline ends the task")
    func retryAfter() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withModelServer { request in
                request.number == 1 ? .failure(429, "slow down", headers: ["retry-after-ms": "10000"]) : ModelServer.echo(request)
            } run: { server in
                try await withPipeline(url: host.url, models: ModelConfiguration(deployments: [.at(server, "only")])) { pipeline in
                    try await pipeline.publish(#"{"prompt": "Hello", "model": "gpt"}"#, id: "first")
                    _ = try await pipeline.events.first("the retry") { $0.properties.type == "task.retrying" }
                    let deadline = (Timestamp.now() + .seconds(2)).rfc3339
                    try await pipeline.publish(#"{"prompt": "Hello", "model": "gpt", "deadline": "\#(deadline)"}"#, id: "hasty")
                    #expect(try await pipeline.outcome(of: "hasty").status != .completed)
                    #expect(try await pipeline.outcome(of: "first").status == .completed)
                    let times = server.requests.elements.map(\.received)
                    #expect(times.count == 2)
                    #expect(times[1] - times[0] >= .milliseconds(9950))
                }
            }
        }
    }
}
