import AMQP
import ModelProviders
import MoltBotCore
import MoltBotWorker
import NIOCore
import TestSupport
import Testing

@Suite("Shared health", .timeLimit(.minutes(30))) struct SharedHealthTests {
    @Test("What one worker finds broken the others leave alone, and operators hear of it")
    func sharedOpening() async throws {
        try await withBrokenDeployment(openFor: .seconds(600)) { pipeline, broken, _ in
            // One after the other, so that what was found out has got around.
            for number in 0..<40 {
                try await pipeline.publish(#"{"prompt": "Hello", "model": "gpt"}"#, id: "task-\(number)")
                #expect(try await pipeline.outcome(of: "task-\(number)").status == .completed)
            }
            // Five failures in a row open a breaker: each of four workers has at most four before the first one opens, and each for
            // itself would make twenty. One or two may have been on their way.
            #expect(broken.requests.count < 20, "\(broken.requests.count) calls")
            let unhealthy = try await pipeline.events.first("the event of the opening") { $0.properties.type == "model.unhealthy" }
            #expect(unhealthy.routingKey == "default.model.unhealthy")
            let document = try JSONValue.parse(Array(unhealthy.body.readableBytesView))
            #expect(document["data"]?["deployment"] == "first")
            #expect(document["data"]?["error_type"] == "server_error")
        }
    }

    @Test("What has recovered is taken back, and operators hear of it")
    func sharedRecovery() async throws {
        try await withBrokenDeployment(openFor: .milliseconds(300)) { pipeline, _, isRepaired in
            var number = 0
            while !pipeline.events.elements.contains(where: { $0.properties.type == "model.recovered" }) {
                number += 1
                try await pipeline.publish(#"{"prompt": "Hello", "model": "gpt"}"#, id: "task-\(number)")
                #expect(try await pipeline.outcome(of: "task-\(number)").status == .completed)
                if pipeline.events.elements.contains(where: { $0.properties.type == "model.unhealthy" }) { isRepaired.open() }
            }
        }
    }

    /// Four workers with a deployment that fails until the gate is open, and a sound one for when it does.
    private func withBrokenDeployment(
        openFor openTime: Duration, _ body: @escaping @Sendable (Spectator, ModelServer, Gate) async throws -> Void
    ) async throws {
        let isRepaired = Gate()
        try await TestBroker.withVirtualHost { host in
            try await withModelServer { request in
                isRepaired.isOpen ? ModelServer.echo(request) : .failure(500, "broken")
            } run: { broken in
                try await withModelServer { sound in
                    var models = ModelConfiguration(deployments: [.at(broken, "first"), .reserve(sound, "second")])
                    models.health.deployment.firstOpenTime = openTime
                    models.health.deployment.longestOpenTime = openTime
                    models.health.deployment.jitter = 0
                    try await withPipeline(url: host.url, models: models, workers: 4) { pipeline in
                        try await body(pipeline, broken, isRepaired)
                    }
                }
            }
        }
    }
}
