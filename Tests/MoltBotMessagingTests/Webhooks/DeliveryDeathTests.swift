import AMQP
import MoltBotCore
import NIOCore
import TestSupport
import Testing

@testable import MoltBotMessaging

@Suite("Deliveries that die in their queue", .timeLimit(.minutes(30))) struct DeliveryDeathTests {
    @Test("One that came back through the delay ladder is still a webhook's, meant for its endpoint's queue")
    func throughTheLadder() async throws {
        try await RegistryHost.run { session in
            try await DeliveryQueues(session, topology: try TopologyFile.builtIn().topology).declare("ep-1", isOrdered: false)
            let delivery = WebhookDelivery(
                id: "event-1", eventType: "task.completed", source: "/moltbot/default", time: .now(), workspace: .default, taskID: "task-1",
                target: .endpoint("ep-1"), body: ByteBuffer(string: "{}"), traceparent: nil)
            let publisher = DeliveryPublisher(session.publishing, logger: TopologyHost.logger)
            try await publisher.delay(delivery, for: .seconds(1))
            #expect(try await next(in: "moltbot.deliveries.ep-1", session, .deadLetter).exchange.hasPrefix("moltbot.delay"))
            let letter = DeadLetter(try await next(in: "moltbot.dead", session, .ack), source: .dead)
            #expect(letter.destination == .init(exchange: "moltbot.deliveries", routingKey: "ep-1"))
            #expect(letter.webhook?.endpointID == "ep-1")
        }
    }

    private func next(in queue: String, _ session: BrokerSession, _ settlement: AMQPDisposition) async throws -> AMQPDelivery {
        try await withDeadline(.seconds(60), "a message in \(queue)") {
            try await session.consuming.withChannel { channel in
                for try await delivery in try await channel.deliveries(of: AMQPSubscription(queue: queue, prefetch: 1)) {
                    channel.settle(delivery, settlement)
                    return delivery
                }
                throw CancellationError()
            }
        }
    }
}
