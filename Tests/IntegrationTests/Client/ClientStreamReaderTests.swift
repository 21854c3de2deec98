import AMQP
import MoltBotMessaging
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(30))) struct ClientStreamReaderTests {
    /// RabbitMQ closes the connection of a client that gives a stream's message back.
    @Test func leavingAStreamHalfReadKeepsTheConnection() async throws {
        try await withClientHost { session in
            try await session.consuming.withChannel { channel in
                _ = try await channel.queueDeclare(AMQPQueue(name: "log", arguments: ["x-queue-type": "stream"]))
            }
            for number in 1...200 { try await session.publish("\(number)", id: nil, routingKey: "log") }
            for _ in 1...5 {
                try await session.consuming.withChannel { channel in
                    let log = AMQPSubscription(queue: "log", prefetch: 1000, arguments: { ["x-stream-offset": "first"] })
                    for try await delivery in try await channel.deliveries(of: log) {
                        channel.settle(delivery, .ack)
                        break
                    }
                }
            }
            // An answer after whatever the readers sent.
            try await session.consuming.withChannel { channel in
                _ = try await channel.queueDeclare(AMQPQueue(name: "log"), passive: true)
            }
            #expect(session.consuming.status.connectionCount == 1)
        }
    }
}
