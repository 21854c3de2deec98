import AMQP
import ModelProviders
import MoltBotCore
import MoltBotWorker
import NIOCore
import TestSupport
import Testing

@Suite("Shared health", .timeLimit(.minutes(5))) struct SharedHealthTests {
    @Test("What one worker finds broken the others leave alone, and operators hear of it and of the recovery")
    func sharedOpening() async throws {
        var policy = HealthPolicy()
        policy.deployment.firstOpenTime = .milliseconds(1500)
        policy.deployment.jitter = 0
        let isRepaired = Gate()
        var models = ModelConfiguration()
        models.health = policy
        try await TestBroker.withVirtualHost { [models] host in
            try await withModelServer { request in
                isRepaired.isOpen ? ModelServer.echo(request) : .failure(500, "broken")
            } run: { broken in
                try await withModelServer { sound in
                    var models = models
                    models.deployments = [.at(broken, "first"), .reserve(sound, "second")]
                    try await withPipeline(url: host.url, models: models, workers: 4) { pipeline in
                        // One after the other, so that what was found out has got around.
                        for number in 0..<40 {
                            try await pipeline.publish(#"{"prompt": "Hello", "model": "gpt"}"#, id: "task-\(number)")
                            #expect(try await pipeline.outcome(of: "task-\(number)").status == .completed)
                        }
                        // Five failures in a row open a breaker; each of four workers has at most four before the first one opens.
                        #expect(broken.requests.count <= 17, "\(broken.requests.count) calls")
                        let unhealthy = try await pipeline.events.first("the event of the opening") {
                            $0.properties.type == "model.unhealthy"
                        }
                        #expect(unhealthy.routingKey == "default.model.unhealthy")
                        let document = try JSONValue.parse(Array(unhealthy.body.readableBytesView))
                        #expect(document["data"]?["deployment"] == "first")
                        #expect(document["data"]?["error_type"] == "server_error")
                        isRepaired.open()
                        let recovered = Recorder<Void>()
                        try await withThrowingTaskGroup(of: Void.self) { group in
                            group.addTask {
                                var number = 0
                                while recovered.count == 0 {
                                    number += 1
                                    try await pipeline.publish(#"{"prompt": "Hello", "model": "gpt"}"#, id: "later-\(number)")
                                    _ = try await pipeline.outcome(of: "later-\(number)")
                                }
                            }
                            _ = try await pipeline.events.first("the event of the recovery") { $0.properties.type == "model.recovered" }
                            recovered.record(())
                            try await group.waitForAll()
                        }
                    }
                }
            }
        }
    }
}
