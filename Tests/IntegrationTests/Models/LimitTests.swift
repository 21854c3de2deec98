import AMQP
import ModelProviders
import MoltBotCore
import MoltBotWorker
import NIOCore
import Synchronization
import TestSupport
import Testing

@Suite("Limits of deployments", .timeLimit(.minutes(30))) struct LimitTests {
    /// A provider that lets `burst` requests through when it opens, and then so many a second, and refuses the others.
    ///
    /// It counts from its opening: on a busy machine calls that left at their times arrive late and in crowds, which is nobody's fault;
    /// what arrives before its time is.
    private final class Turnstile: Sendable {
        private let perSecond: Double
        private let burst: Int
        private let opened = Mutex<ContinuousClock.Instant?>(nil)
        private let passed = Mutex(0)
        let refused = Recorder<Void>()

        init(perSecond: Double, burst: Int) {
            self.perSecond = perSecond
            self.burst = burst
        }

        func open() { opened.withLock { $0 = .now } }

        func answer(_ request: RecordedRequest) -> ModelResponse {
            let earned = opened.withLock(\.self).map { ($0.duration(to: request.received) / .seconds(1)) * perSecond } ?? 0
            let isWithin = passed.withLock { passed in
                guard Double(passed + 1) <= Double(burst) + earned else { return false }
                passed += 1
                return true
            }
            guard !isWithin else { return ModelServer.echo(request) }
            refused.record(())
            return .failure(429, "slow down")
        }
    }

    @Test("A backlog waits at the broker, each task for its own turn: the provider refuses none, and its limit is used up")
    func noRefusals() async throws {
        let count = 150
        let turnstile = Turnstile(perSecond: 20, burst: 20)
        try await TestBroker.withVirtualHost { host in
            try await withModelServer(turnstile.answer) { server in
                let models = ModelConfiguration(deployments: [.at(server, "only", limits: RateLimits(requestsPerMinute: 1200))])
                try await withPipeline(url: host.url, models: models) { pipeline in
                    turnstile.open()
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
                    // 20 at once and 20 a second make 6.5 s; a limiter that gave a minute's slots away would need far longer.
                    #expect(time < .seconds(60))
                }
            }
        }
    }

    @Test("A critical task takes the next turn, however many of low priority wait")
    func priority() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withModelServer { server in
                let models = ModelConfiguration(deployments: [.at(server, "only", limits: RateLimits(requestsPerMinute: 20))])
                try await withPipeline(url: host.url, models: models) { pipeline in
                    for number in 0..<40 {
                        try await pipeline.publish(
                            #"{"prompt": "Hello", "model": "gpt"}"#, id: "low-\(number)", routingKey: "default.low", priority: 1)
                    }
                    try await server.requests.atLeast(2, "calls")
                    try await pipeline.publish(
                        #"{"prompt": "Now", "model": "gpt"}"#, id: "urgent", routingKey: "default.critical", priority: 10)
                    try await Self.untilTaken(pipeline)
                    let called = server.requests.count
                    _ = try await pipeline.outcome(of: "urgent")
                    let before = server.requests.elements.prefix { !$0.text.contains("Now") }.count
                    // One departure may be promised already; the delay ladder, which counts whole seconds, adds less than another one.
                    #expect(before <= called + 2, "\(before - called) calls before it")
                }
            }
        }
    }

    /// Returns when a worker has taken all tasks that are more urgent than the lowest lane: the queue gives out this one after them.
    private static func untilTaken(_ pipeline: Spectator) async throws {
        try await pipeline.publish(#"{"prompt": "Hi", "model": "echo"}"#, id: "marker", routingKey: "default.low", priority: 1)
        _ = try await pipeline.outcome(of: "marker")
    }

    @Test("Workers divide a limit among themselves: together they keep it")
    func sharedLimit() async throws {
        let count = 60
        // Each of them may use the part of a second's limit at once that is its own.
        let turnstile = Turnstile(perSecond: 10, burst: 10)
        try await TestBroker.withVirtualHost { host in
            try await withModelServer(turnstile.answer) { server in
                let models = ModelConfiguration(deployments: [.at(server, "only", limits: RateLimits(requestsPerMinute: 600))])
                try await withPipeline(url: host.url, models: models, workers: 3) { pipeline in
                    try await Self.untilAcquainted(3, pipeline)
                    turnstile.open()
                    for number in 0..<count { try await pipeline.publish(#"{"prompt": "Hello", "model": "gpt"}"#, id: "task-\(number)") }
                    for number in 0..<count { #expect(try await pipeline.outcome(of: "task-\(number)").status == .completed) }
                    print("limits: \(count) tasks at 10/s by three workers, \(turnstile.refused.count) were refused")
                    #expect(turnstile.refused.count == 0)
                }
            }
        }
    }

    /// Returns when so many workers have heard of each other: introduces one that does not exist, as a new worker does, and has it leave.
    ///
    /// Who answers to the first introduction hears the control exchange; all hear the answers to the second one, before the third one.
    private static func untilAcquainted(_ count: Int, _ pipeline: Spectator) async throws {
        let queue = "spectator.control"
        let heard = Recorder<String>()
        func say(_ members: String) async throws {
            try await pipeline.program.publish(
                AMQPMessage(
                    exchange: "moltbot.control", routingKey: "",
                    properties: AMQPProperties(type: "moltbot.control.presence"),
                    body: ByteBuffer(string: #"{"worker": "spectator", \#(members)}"#)))
        }
        try await pipeline.program.withChannel { channel in
            try await channel.queueDeclare(AMQPQueue(name: queue))
            try await channel.queueBind(queue: queue, exchange: "moltbot.control", routingKey: "")
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                await pipeline.program.read(queue) { delivery in
                    if delivery.properties.type == "moltbot.control.presence",
                        let worker = try? JSONValue.parse(Array(delivery.body.readableBytesView))["worker"]?.stringValue
                    {
                        heard.record(worker)
                    }
                }
            }
            defer { group.cancelAll() }
            var known = 0
            for _ in 1...3 {
                try await say(#""new": true"#)
                var isIntroduced = false
                var workers: Set<String> = []
                while !isIntroduced || workers.count < count {
                    known += 1
                    let worker = try await heard.atLeast(known, "a worker's sign of life", within: .seconds(120))[known - 1]
                    if worker == "spectator" {
                        isIntroduced = true
                        // What was said before is no answer.
                        workers = []
                    } else {
                        workers.insert(worker)
                    }
                }
            }
            try await say(#""leaving": true"#)
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
                    // Without its priority it would be the last of all. Who stands in line longer than the worker lets it, on a busy machine,
                    // is away for a second or two.
                    #expect(position < requests.count - 1)
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
