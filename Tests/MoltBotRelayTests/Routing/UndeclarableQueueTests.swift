import AMQP
import MoltBotCore
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(30))) struct UndeclarableQueueTests {
    @Test func endpointWhoseQueueCannotBeDeclaredHoldsUpNobodyElse() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withModelServer(ModelServer.accept) { server in
                // In their order: the second event is routed when the first one is done with.
                let good = try WebhookEndpoint("good", at: server).with { $0.ordering = .fifo }
                try await withRelays(on: host, endpoints: [good]) { stage in
                    // Unbound, and of another kind: to declare it is a 406.
                    try await stage.program.program.withChannel {
                        _ = try await $0.queueDeclare(AMQPQueue(name: "moltbot.deliveries.bad"))
                    }
                    stage.feed.set(try WebhookEndpoint("bad", at: server))
                    let first = try await stage.publish(.running, task: "one")
                    let second = try await stage.publish(task: "one")
                    _ = try await stage.news(.delivered, about: second.id)
                    #expect(server.requests.elements.map(\.webhookID) == [first.id, second.id])
                    let dead = try #require(try await stage.program.take("moltbot.dead"))
                    #expect(dead.properties.messageID == first.id)
                    #expect(dead.properties.headers?["x-moltbot-endpoint"]?.stringValue == "bad")
                    #expect(dead.properties.headers?["x-moltbot-dead-reason"]?.stringValue?.contains("can't be declared") == true)
                }
            }
        }
    }
}
