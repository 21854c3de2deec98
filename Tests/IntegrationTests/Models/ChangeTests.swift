import AMQP
import CurlHTTP
import Logging
import ModelProviders
import MoltBotCore
import MoltBotWorker
import TestSupport
import Testing

@Suite("Changes at run time", .timeLimit(.minutes(30))) struct ChangeTests {
    @Test("A deployment that is replaced finishes what it has begun; what comes after goes to the new one")
    func replaced() async throws {
        let gate = Gate()
        try await TestBroker.withVirtualHost { host in
            try await withModelServer {
                ModelServer.echo($0).held(by: gate)
            } run: { old in
                try await withModelServer { new in
                    let http = HTTPClient(logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
                    let directory = try ModelDirectory(ModelConfiguration(deployments: [.at(old, "one")]), client: http)
                    try await withPipeline(url: host.url, directory: directory) { pipeline in
                        try await pipeline.publish(#"{"prompt": "Before", "model": "gpt"}"#, id: "before")
                        try await old.requests.atLeast(1, "the call")
                        try directory.update { $0.deployments = [.at(new, "one"), .at(new, "two", model: "other")] }
                        try await pipeline.publish(#"{"prompt": "After", "model": "gpt"}"#, id: "after")
                        try await pipeline.publish(#"{"prompt": "Other", "model": "other"}"#, id: "other")
                        #expect(try await pipeline.outcome(of: "after").result == "After")
                        #expect(try await pipeline.outcome(of: "other").deployment == "two")
                        gate.open()
                        #expect(try await pipeline.outcome(of: "before").result == "Before")
                        #expect(old.requests.count == 1)
                        // One that cannot be used changes nothing.
                        #expect(throws: ModelError.self) {
                            try directory.update { $0.deployments = [.at(new, "one"), .at(new, "one")] }
                        }
                        try directory.update { $0.deployments = [] }
                        try await pipeline.publish(#"{"prompt": "Late", "model": "gpt"}"#, id: "late")
                        #expect(try await pipeline.outcome(of: "late").error?.type == "not_found")
                    }
                    await http.shutdown()
                }
            }
        }
    }

    @Test("What the calls of a deployment came to is counted")
    func statistics() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withModelServer {
                $0.number % 2 == 0 ? .failure(500, "now and then") : ModelServer.echo($0)
            } run: { first in
                try await withModelServer { second in
                    let http = HTTPClient(logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
                    var priced = Deployment.at(first, "first")
                    priced.prices = ModelPrices(["input_cost_per_token": 1e-6, "output_cost_per_token": 1e-6])
                    let configuration = ModelConfiguration(deployments: [priced, .reserve(second, "second")])
                    let directory = try ModelDirectory(configuration, client: http)
                    try await withPipeline(url: host.url, directory: directory) { pipeline in
                        // Fewer than the ten after which half of them failing counts as broken.
                        for number in 0..<8 {
                            try await pipeline.publish(#"{"prompt": "Hello", "model": "gpt"}"#, id: "task-\(number)")
                            _ = try await pipeline.outcome(of: "task-\(number)")
                        }
                        let statuses = directory.statuses().filter { $0.model == "gpt" }
                        #expect(statuses.map(\.deployment) == ["first", "second"])
                        #expect(statuses.map(\.statistics.calls) == [8, 4])
                        #expect(statuses.map(\.statistics.failures) == [4, 0])
                        #expect(statuses.map(\.statistics.switches) == [0, 4])
                        #expect(statuses.map(\.callsInFlight) == [0, 0])
                        #expect(statuses[0].statistics.cost > 0)
                        #expect(statuses[0].statistics.successRate == 0.5)
                        #expect((statuses[0].statistics.latency.percentile(0.5) ?? .zero) > .zero)
                        #expect(statuses.map(\.health) == [.well, .well])
                    }
                    await http.shutdown()
                }
            }
        }
    }

    @Test("A task that cannot wait at the broker, because its message is too large for a frame, ends as failed")
    func tooLargeToRetry() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withModelServer { _ in
                .failure(503, "busy")
            } run: { server in
                try await withPipeline(url: host.url, models: ModelConfiguration(deployments: [.at(server, "only")])) { pipeline in
                    // With the headers that a retry adds it is more than a frame of 128 KiB holds.
                    let headers: AMQPTable = ["x-padding": .string(String(repeating: "x", count: 130_800))]
                    try await pipeline.publish(#"{"prompt": "Hello", "model": "gpt"}"#, id: "task", headers: headers)
                    let outcome = try await pipeline.outcome(of: "task")
                    #expect(outcome.status == .failed)
                    #expect(outcome.error?.type == "overloaded")
                    #expect(outcome.error?.message.contains("headers") == true)
                }
            }
        }
    }
}
