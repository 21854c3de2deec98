import Foundation
import ModelProviders
import MoltBotCore
import MoltBotWorker
import TestSupport
import Testing

@Suite("Health of deployments", .timeLimit(.minutes(10))) struct HealthTests {
    private static var quick: HealthPolicy {
        var policy = HealthPolicy()
        policy.deployment.firstOpenTime = .milliseconds(300)
        policy.deployment.longestOpenTime = .milliseconds(300)
        return policy
    }

    @Test("One of two deployments dies under load: no task fails, it is left alone, probed and taken back by itself")
    func switchUnderLoad() async throws {
        let count = ProcessInfo.processInfo.environment["FAILOVER_TEST_TASKS"].flatMap { Int($0) } ?? 2000
        let deaths = Recorder<Bool>()
        try await TestBroker.withVirtualHost { host in
            try await withModelServer { request in
                deaths.elements.last == true ? ModelResponse(chunks: [], ending: .closeConnection) : ModelServer.echo(request)
            } run: { first in
                try await withModelServer { second in
                    var models = ModelConfiguration(deployments: [.at(first, "first"), .at(second, "second")])
                    models.health = Self.quick
                    try await withPipeline(url: host.url, models: models) { pipeline in
                        for number in 0..<count {
                            if number == count / 4 { deaths.record(true) }
                            if number == count / 2 { deaths.record(false) }
                            try await pipeline.publish(#"{"prompt": "Hello", "model": "gpt"}"#, id: "task-\(number)")
                        }
                        var switches: [Duration] = []
                        var failed = 0
                        for number in 0..<count {
                            let outcome = try await pipeline.outcome(of: "task-\(number)")
                            if outcome.status != .completed { failed += 1 }
                            let errors = outcome.attempts.filter { $0.error != nil }
                            if let first = errors.first, let last = outcome.attempts.last {
                                switches.append(last.startedAt - (first.startedAt + first.duration))
                            }
                        }
                        let sorted = switches.sorted()
                        let p99 = sorted.isEmpty ? .zero : sorted[min(sorted.count - 1, sorted.count * 99 / 100)]
                        print("failover: \(count) tasks, \(failed) failed, \(switches.count) switched, p99 beyond the first error \(p99)")
                        #expect(failed == 0)
                        #expect(!switches.isEmpty)
                        #expect(p99 < .milliseconds(500))
                        // Taken back: it gets calls again, and they succeed.
                        let before = first.requests.count
                        for number in 0..<100 {
                            try await pipeline.publish(#"{"prompt": "Hello", "model": "gpt"}"#, id: "later-\(number)")
                            _ = try await pipeline.outcome(of: "later-\(number)")
                        }
                        print("failover: the broken deployment got \(first.requests.count - before) of the 100 tasks after its return")
                        #expect(first.requests.count > before)
                    }
                }
            }
        }
    }

    @Test("A model that a provider does not know is left alone; the other models there go on")
    func notFoundHurtsNoSiblings() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withModelServer { request in
                request.text.contains("\"ghost\"") ? .failure(404, "no such model") : ModelServer.echo(request)
            } run: { server in
                let models = ModelConfiguration(deployments: [.at(server, "ghost-1", model: "ghost"), .at(server, "gpt-1")])
                try await withPipeline(url: host.url, models: models) { pipeline in
                    for number in 0..<10 {
                        try await pipeline.publish(#"{"prompt": "Hello", "model": "ghost"}"#, id: "ghost-\(number)")
                        let outcome = try await pipeline.outcome(of: "ghost-\(number)")
                        #expect(outcome.error?.type == "not_found")
                    }
                    #expect(server.requests.count == 1)
                    for number in 0..<10 {
                        try await pipeline.publish(#"{"prompt": "Hello", "model": "gpt"}"#, id: "gpt-\(number)")
                        #expect(try await pipeline.outcome(of: "gpt-\(number)").status == .completed)
                    }
                }
            }
        }
    }

    @Test("What is wrong with requests never closes a deployment")
    func badRequestsAreHarmless() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withModelServer { request in
                request.text.contains("bad") ? .failure(400, "bad", type: "invalid_request_error") : ModelServer.echo(request)
            } run: { server in
                let models = ModelConfiguration(deployments: [.at(server, "only")])
                try await withPipeline(url: host.url, models: models) { pipeline in
                    for number in 0..<20 {
                        try await pipeline.publish(#"{"prompt": "bad", "model": "gpt"}"#, id: "bad-\(number)")
                        #expect(try await pipeline.outcome(of: "bad-\(number)").error?.type == "invalid_request")
                    }
                    try await pipeline.publish(#"{"prompt": "good", "model": "gpt"}"#, id: "good")
                    #expect(try await pipeline.outcome(of: "good").status == .completed)
                }
            }
        }
    }
}
