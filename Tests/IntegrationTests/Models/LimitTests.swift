import AMQP
import ModelProviders
import MoltBotCore
import MoltBotWorker
import Synchronization
import TestSupport
import Testing

@Suite("Limits of deployments", .timeLimit(.minutes(5))) struct LimitTests {
    /// A provider that lets so many requests a second through, and refuses the others.
    private final class Turnstile: Sendable {
        private let bucket: Mutex<TokenBucket>
        let refused = Recorder<Void>()

        init(perSecond: Int, burst: Int) {
            bucket = Mutex(TokenBucket(rate: perSecond, per: .seconds(1), burst: burst, at: .now))
        }

        func answer(_ request: RecordedRequest) -> ModelResponse {
            guard bucket.withLock({ $0.take(at: request.received) }) != nil else { return ModelServer.echo(request) }
            refused.record(())
            return .failure(429, "slow down")
        }
    }

    @Test("A backlog waits at the broker, each task for its own turn: the provider refuses none, and its limit is used up")
    func noRefusals() async throws {
        let count = 150
        let turnstile = Turnstile(perSecond: 20, burst: 60)
        try await TestBroker.withVirtualHost { host in
            try await withModelServer(turnstile.answer) { server in
                let models = ModelConfiguration(deployments: [.at(server, "only", limits: RateLimits(requestsPerMinute: 1200))])
                try await withPipeline(url: host.url, models: models) { pipeline in
                    let start = ContinuousClock.now
                    for number in 0..<count { try await pipeline.publish(#"{"prompt": "Hello", "model": "gpt"}"#, id: "task-\(number)") }
                    for number in 0..<count {
                        let outcome = try await pipeline.outcome(of: "task-\(number)")
                        #expect(outcome.status == .completed)
                        #expect(outcome.attempts.count == 1)
                    }
                    let time = ContinuousClock.now - start
                    print("limits: \(count) tasks at 20/s took \(time), \(turnstile.refused.count) were refused")
                    #expect(turnstile.refused.count == 0)
                    // 20 at once and 20 a second make 6.5 s; the rest is for a busy machine.
                    #expect(time < .seconds(60))
                }
            }
        }
    }

    @Test("A critical task takes the next turn, however many of low priority wait")
    func priority() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withModelServer { server in
                let models = ModelConfiguration(deployments: [.at(server, "only", limits: RateLimits(requestsPerMinute: 60))])
                try await withPipeline(url: host.url, models: models) { pipeline in
                    for number in 0..<40 {
                        try await pipeline.publish(
                            #"{"prompt": "Hello", "model": "gpt"}"#, id: "low-\(number)", routingKey: "default.low", priority: 1)
                    }
                    try await server.requests.atLeast(2, "calls")
                    try await pipeline.publish(
                        #"{"prompt": "Now", "model": "gpt"}"#, id: "urgent", routingKey: "default.critical", priority: 10)
                    // What is called while the task is on its way to the worker says nothing about its turn.
                    let called = server.requests.count
                    _ = try await pipeline.outcome(of: "urgent")
                    let before = server.requests.elements.prefix { !$0.text.contains("Now") }.count
                    #expect(before <= called + 15, "\(before - called) calls before it")
                }
            }
        }
    }

    @Test("Workers divide a limit among themselves: together they keep it")
    func sharedLimit() async throws {
        let count = 60
        let turnstile = Turnstile(perSecond: 10, burst: 25)
        try await TestBroker.withVirtualHost { host in
            try await withModelServer(turnstile.answer) { server in
                let models = ModelConfiguration(deployments: [.at(server, "only", limits: RateLimits(requestsPerMinute: 600))])
                try await withPipeline(url: host.url, models: models, workers: 3) { pipeline in
                    // As many as it takes for all three to be there, and to have heard of each other.
                    for number in 0..<200 { try await pipeline.publish(#"{"prompt": "Hi", "model": "echo"}"#, id: "first-\(number)") }
                    for number in 0..<200 { _ = try await pipeline.outcome(of: "first-\(number)") }
                    for number in 0..<count { try await pipeline.publish(#"{"prompt": "Hello", "model": "gpt"}"#, id: "task-\(number)") }
                    for number in 0..<count { #expect(try await pipeline.outcome(of: "task-\(number)").status == .completed) }
                    print("limits: \(count) tasks at 10/s by three workers, \(turnstile.refused.count) were refused")
                    #expect(turnstile.refused.count == 0)
                }
            }
        }
    }

    @Test("A task that finds one deployment at its limit goes to another one")
    func otherDeployment() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withModelServer { limited in
                try await withModelServer { free in
                    let models = ModelConfiguration(deployments: [
                        .at(limited, "limited", limits: RateLimits(requestsPerMinute: 1)), .reserve(free, "free"),
                    ])
                    try await withPipeline(url: host.url, models: models) { pipeline in
                        for number in 0..<10 { try await pipeline.publish(#"{"prompt": "Hello", "model": "gpt"}"#, id: "task-\(number)") }
                        for number in 0..<10 { #expect(try await pipeline.outcome(of: "task-\(number)").status == .completed) }
                        #expect(limited.requests.count == 1)
                        #expect(free.requests.count == 9)
                    }
                }
            }
        }
    }

    @Test("No more calls at once than allowed; the highest priority gets the place that comes free")
    func concurrency() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withModelServer {
                ModelServer.echo($0).delayed(by: .milliseconds(100))
            } run: { server in
                let models = ModelConfiguration(deployments: [.at(server, "only", limits: RateLimits(concurrency: 2))])
                try await withPipeline(url: host.url, models: models) { pipeline in
                    for number in 0..<60 { try await pipeline.publish(#"{"prompt": "Hello", "model": "gpt"}"#, id: "task-\(number)") }
                    try await server.requests.atLeast(4, "calls")
                    try await pipeline.publish(
                        #"{"prompt": "Now", "model": "gpt"}"#, id: "urgent", routingKey: "default.critical", priority: 10)
                    for number in 0..<60 { #expect(try await pipeline.outcome(of: "task-\(number)").status == .completed) }
                    let requests = server.requests.elements
                    for index in 2..<requests.count {
                        #expect(requests[index].received - requests[index - 2].received >= .milliseconds(90), "call \(index)")
                    }
                    let position = try #require(requests.firstIndex { $0.text.contains("Now") })
                    #expect(position <= 40)
                }
            }
        }
    }

    @Test("A workspace's limit holds over all its models together; the others have none")
    func workspace() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withModelServer { server in
                var models = ModelConfiguration(deployments: [.at(server, "one", model: "a"), .at(server, "two", model: "b")])
                models.workspaceLimits = [.default: RateLimits(requestsPerMinute: 1)]
                try await withPipeline(url: host.url, models: models) { pipeline in
                    try await pipeline.publish(#"{"prompt": "Hello", "model": "a"}"#, id: "first")
                    #expect(try await pipeline.outcome(of: "first").status == .completed)
                    let deadline = (Timestamp.now() + .seconds(20)).rfc3339
                    try await pipeline.publish(#"{"prompt": "Hello", "model": "b", "deadline": "\#(deadline)"}"#, id: "second")
                    #expect(try await pipeline.outcome(of: "second").error?.type == "rate_limited")
                    #expect(server.requests.count == 1)
                }
            }
        }
    }

    @Test("A task whose turn would come after its deadline ends at once, and is not called")
    func deadline() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withModelServer { server in
                let models = ModelConfiguration(deployments: [.at(server, "only", limits: RateLimits(requestsPerMinute: 1))])
                try await withPipeline(url: host.url, models: models) { pipeline in
                    try await pipeline.publish(#"{"prompt": "Hello", "model": "gpt"}"#, id: "first")
                    #expect(try await pipeline.outcome(of: "first").status == .completed)
                    let deadline = (Timestamp.now() + .seconds(20)).rfc3339
                    try await pipeline.publish(#"{"prompt": "Hello", "model": "gpt", "deadline": "\#(deadline)"}"#, id: "second")
                    let outcome = try await pipeline.outcome(of: "second")
                    #expect(outcome.status == .failed)
                    #expect(outcome.error?.type == "rate_limited")
                    #expect(server.requests.count == 1)
                }
            }
        }
    }
}
