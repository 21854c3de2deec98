import ModelProviders
import MoltBotCore
import MoltBotWorker
import TestSupport
import Testing

@Suite("Cache and cost", .timeLimit(.minutes(30))) struct CacheTests {
    @Test("An answer that may be used again costs nothing; one that may only be read is not kept")
    func hits() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withModelServer { server in
                var deployment = Deployment.at(server, "priced")
                deployment.prices = ModelPrices(["input_cost_per_token": 1e-6, "output_cost_per_token": 2e-6])
                let models = ModelConfiguration(deployments: [deployment])
                try await withPipeline(url: host.url, models: models) { pipeline in
                    func run(_ id: String, _ cache: String, prompt: String = "Hello") async throws -> TaskOutcome {
                        try await pipeline.publish(#"{"prompt": "\#(prompt)", "model": "gpt", "cache": "\#(cache)"}"#, id: id)
                        return try await pipeline.outcome(of: id)
                    }
                    let first = try await run("first", "on")
                    #expect(!first.isCached)
                    let usage = try #require(first.usage)
                    let cost = try #require(first.cost)
                    #expect(abs(cost - Double(usage.inputTokens) * 1e-6 - Double(usage.outputTokens) * 2e-6) < 1e-12)
                    let again = try await run("again", "read")
                    #expect(again.isCached)
                    #expect(again.cost == 0)
                    #expect(again.result == "Hello")
                    #expect(again.deployment == "priced")
                    #expect(again.attempts.isEmpty)
                    #expect(try await run("off", "off").isCached == false)
                    #expect(try await run("other", "on", prompt: "Bye").isCached == false)
                    #expect(server.requests.count == 3)
                }
            }
        }
    }

    @Test("A task says how old an answer may be")
    func lifetime() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withModelServer { server in
                try await withPipeline(url: host.url, models: ModelConfiguration(deployments: [.at(server, "only")])) { pipeline in
                    for (id, members, isCached) in [
                        ("first", #""cache": "on""#, false), ("too-old", #""cache": "read", "cache_ttl": 0.001"#, false),
                        ("young", #""cache": "read", "cache_ttl": 3600"#, true),
                    ] {
                        try await pipeline.publish(#"{"prompt": "Hello", "model": "gpt", \#(members)}"#, id: id)
                        #expect(try await pipeline.outcome(of: id).isCached == isCached, "\(id)")
                    }
                    #expect(server.requests.count == 2)
                }
            }
        }
    }

    @Test("The same request of twenty tasks at once is one call; when it fails, one of the others makes its own")
    func singleFlight() async throws {
        try await TestBroker.withVirtualHost { host in
            let gate = Gate()
            try await withModelServer { request in
                request.number == 1 ? ModelServer.echo(request).held(by: gate) : ModelServer.echo(request)
            } run: { server in
                let models = ModelConfiguration(deployments: [.at(server, "only")])
                try await withPipeline(url: host.url, models: models) { pipeline in
                    for number in 0..<20 {
                        try await pipeline.publish(#"{"prompt": "Hello", "model": "gpt", "cache": "on"}"#, id: "task-\(number)")
                    }
                    // Runs beside the first call and ends after the others have begun to wait for it.
                    try await pipeline.publish(#"{"prompt": "Other", "model": "gpt", "cache": "on"}"#, id: "other", priority: 1)
                    _ = try await pipeline.outcome(of: "other")
                    gate.open()
                    for number in 0..<20 { #expect(try await pipeline.outcome(of: "task-\(number)").result == "Hello") }
                    #expect(server.requests.count == 2)
                }
            }
        }
    }

    @Test("A task that has waited for another one's call keeps its deadline in its own call")
    func deadlineAfterWait() async throws {
        try await TestBroker.withVirtualHost { host in
            let gate = Gate()
            try await withModelServer { request in
                // The second answer is too late for the deadline, but not for a timeout that begins with its call.
                request.number == 1
                    ? ModelResponse.failure(400, "no", type: "invalid_request_error").held(by: gate)
                    : ModelServer.echo(request).delayed(by: .seconds(5))
            } run: { server in
                try await withPipeline(url: host.url, models: ModelConfiguration(deployments: [.at(server, "only")])) { pipeline in
                    let members = #""prompt": "Hello", "model": "gpt", "cache": "on", "max_retries": 0"#
                    try await pipeline.publish("{\(members)}", id: "first")
                    try await server.requests.atLeast(1, "call")
                    let late = ContinuousClock.now + .seconds(4)
                    let deadline = (Timestamp.now() + .seconds(6)).rfc3339
                    try await pipeline.publish(#"{\#(members), "deadline": "\#(deadline)"}"#, id: "second")
                    // Two seconds are left for its own call; what counts is the time of day.
                    try await ContinuousClock().sleep(until: late)
                    gate.open()
                    #expect(try await pipeline.outcome(of: "first").error?.type == "invalid_request")
                    #expect(try await pipeline.outcome(of: "second").status == .expired)
                }
            }
        }
    }

    @Test("A price that nobody knows makes no cost, rather than a cost of nothing")
    func unknownPrice() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withModelServer { server in
                try await withPipeline(url: host.url, models: ModelConfiguration(deployments: [.at(server, "only")])) { pipeline in
                    try await pipeline.publish(#"{"prompt": "Hello", "model": "gpt"}"#, id: "task")
                    let outcome = try await pipeline.outcome(of: "task")
                    #expect(outcome.status == .completed)
                    #expect(outcome.cost == nil)
                }
            }
        }
    }
}
