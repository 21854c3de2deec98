import ModelProviders
import MoltBotCore
import MoltBotWorker
import NIOHTTP1
import Synchronization
import TestSupport
import Testing

/// More tasks than a limited upstream takes, as they come in: a fifth more each second, for several workers.
///
/// The upstream lets its limit through, and at once no more than 2.2 s of it: one that is offered 120 % and does not hold back is refused
/// after 11 s. A second of that is for what the workers may send at once, the rest for a machine that stalls.
@Suite("Offered load beyond a limit", .timeLimit(.minutes(30))) struct OfferedLoadTests {
    enum Limit: String, CaseIterable, Sendable {
        case requests, tokens
    }

    private static let callsPerSecond = 20
    private static let seconds = 12
    private static let workers = 3
    /// What a call of these tests uses: 7 tokens of the prompt, and the words of the answer.
    private static let words = 20
    private static let tokensPerCall = 7 + words

    /// A provider with a limit that it keeps itself.
    private final class Upstream: Sendable {
        private let bucket: Mutex<TokenBucket>
        private let cost: Int
        let refused = Recorder<Void>()

        init(_ limit: Limit) {
            cost = limit == .tokens ? tokensPerCall : 1
            let rate = callsPerSecond * cost
            bucket = Mutex(TokenBucket(rate: rate, per: .seconds(1), burst: rate * 22 / 10, at: .now))
        }

        func answer(_ request: RecordedRequest) -> ModelResponse {
            guard bucket.withLock({ $0.take(cost, at: request.received) }) != nil else { return ModelServer.echo(request) }
            refused.record(())
            return .failure(429, "slow down", headers: ["retry-after": "1"])
        }
    }

    private static func limits(_ limit: Limit) -> RateLimits {
        let calls = callsPerSecond * 60
        return limit == .tokens ? RateLimits(tokensPerMinute: calls * tokensPerCall) : RateLimits(requestsPerMinute: calls)
    }

    private static func task(_ text: String, deadline: Duration) -> String {
        let prompt = ([text] + Array(repeating: "word", count: words - 1)).joined(separator: " ")
        return
            #"{"prompt": "\#(prompt)", "model": "gpt", "parameters": {"max_tokens": \#(words)}, "deadline": "\#((Timestamp.now() + deadline).rfc3339)"}"#
    }

    @Test("At 120 % no call is refused, every task is answered before its deadline", arguments: Limit.allCases)
    func noRefusals(_ limit: Limit) async throws {
        let upstream = Upstream(limit)
        let count = Self.callsPerSecond * Self.seconds * 12 / 10
        try await TestBroker.withVirtualHost { host in
            try await withModelServer(upstream.answer) { server in
                let models = ModelConfiguration(deployments: [.at(server, "only", limits: Self.limits(limit))])
                try await withPipeline(url: host.url, models: models, workers: Self.workers) { pipeline in
                    try await pipeline.withAcquaintedWorkers(Self.workers) {
                        let start = ContinuousClock.now
                        for number in 0..<count {
                            // Offered load is tasks in time: this sleep is the load, not a wait for something.
                            try await Task.sleep(until: start + .seconds(Self.seconds) * number / count, clock: .continuous)
                            try await pipeline.publish(Self.task("Hello", deadline: .seconds(90)), id: "task-\(number)")
                        }
                        for number in 0..<count {
                            let outcome = try await pipeline.outcome(of: "task-\(number)", within: .seconds(90))
                            #expect(outcome.status == .completed)
                            #expect(outcome.attempts.count == 1)
                        }
                    }
                    print("offered load: \(count) calls at 120 % of \(limit), \(upstream.refused.count) refused")
                    #expect(upstream.refused.count == 0)
                    #expect(server.requests.count == count)
                }
            }
        }
    }

    @Test("Of a backlog the capacity that comes free goes to the critical tasks; who is late is never called", arguments: Limit.allCases)
    func priorityAndDeadlines(_ limit: Limit) async throws {
        let upstream = Upstream(limit)
        let backlog = Self.callsPerSecond * 8
        let urgent = 5
        try await TestBroker.withVirtualHost { host in
            try await withModelServer(upstream.answer) { server in
                let models = ModelConfiguration(deployments: [.at(server, "only", limits: Self.limits(limit))])
                try await withPipeline(url: host.url, models: models, workers: Self.workers) { pipeline in
                    try await pipeline.withAcquaintedWorkers(Self.workers) {
                        // All at once, so that it is there before much of it was called.
                        try await withThrowingTaskGroup(of: Void.self) { group in
                            for number in 0..<backlog {
                                group.addTask {
                                    try await pipeline.publish(
                                        Self.task("Later", deadline: .seconds(90)), id: "later-\(number)", routingKey: "default.low",
                                        priority: 1)
                                }
                            }
                            try await group.waitForAll()
                        }
                        // Behind the backlog: their turn would come too late.
                        for number in 0..<urgent {
                            try await pipeline.publish(
                                Self.task("Late", deadline: .seconds(1)), id: "late-\(number)", routingKey: "default.low", priority: 1)
                        }
                        try await server.requests.atLeast(Self.callsPerSecond + 1, "calls beyond the first burst")
                        let called = server.requests.count
                        for number in 0..<urgent {
                            try await pipeline.publish(
                                Self.task("Now", deadline: .seconds(90)), id: "now-\(number)", routingKey: "default.critical", priority: 10)
                        }
                        for number in 0..<urgent {
                            #expect(try await pipeline.outcome(of: "now-\(number)", within: .seconds(90)).status == .completed)
                            let status = try await pipeline.outcome(of: "late-\(number)", within: .seconds(90)).status
                            #expect(status == .expired || status == .failed)
                        }
                        let places = server.requests.elements.indices.filter { server.requests.elements[$0].text.contains("Now") }
                        print("offered load: \(called) of \(backlog) calls of low priority, then the critical ones as calls \(places)")
                        #expect(try #require(places.last) - called < (backlog - called) * 3 / 4)
                        for number in 0..<backlog {
                            #expect(try await pipeline.outcome(of: "later-\(number)", within: .seconds(90)).status == .completed)
                        }
                    }
                    #expect(server.requests.elements.count { $0.text.contains("Late ") } == 0)
                    #expect(upstream.refused.count == 0)
                }
            }
        }
    }
}
