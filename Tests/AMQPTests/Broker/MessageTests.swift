import NIOCore
import PrivateBroker
import TestSupport
import Testing

@testable import AMQP

@Suite("Messages through a real broker", .timeLimit(.minutes(30)))
struct MessageTests {
    @Test("every property and every header type comes back as it went")
    func roundTrip() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withConnection(host.url) { connection in
                try await connection.withChannel { channel in
                    try await channel.queueDeclare(AMQPQueue(name: "q"))
                    var properties = RoundTripTests.everyProperty
                    properties.userID = host.broker.running.user
                    try await channel.publish(.to("q", "body", properties))
                    let delivery = try #require(try await channel.get("q"))
                    #expect(delivery.properties == properties)
                    #expect(delivery.text == "body")
                    try await channel.publish(.to("q", "", AMQPProperties()))
                    #expect(try await channel.get("q")?.properties == AMQPProperties())
                }
            }
        }
    }

    @Test("bodies from nothing to several megabytes, exact multiples of a frame included")
    func bodies() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withConnection(host.url) { connection in
                try await connection.withChannel { channel in
                    try await channel.queueDeclare(AMQPQueue(name: "q"))
                    for size in [0, 1, 131_063, 131_064, 131_065, 262_128, 5_000_000] {
                        var body = ByteBuffer(repeating: 1, count: size)
                        body.setInteger(UInt32(size), at: max(0, size - 4))
                        try await channel.publish(AMQPMessage(exchange: "", routingKey: "q", body: body))
                        #expect(try await channel.get("q")?.body == body)
                    }
                }
            }
        }
    }

    @Test("a message above the limit is a typed error: here, and by a broker with a lower limit")
    func tooLarge() async throws {
        var options = PrivateBroker.Options()
        options.extraConfiguration = ["max_message_size = 65536"]
        try await TestBroker.withOwnBroker(options: options) { broker in
            try await withClient(.testing(broker.running.amqpURL)) { client in
                try await client.withChannel { try await $0.queueDeclare(AMQPQueue(name: "q")) }
                let refused = AMQPMessage(exchange: "", routingKey: "q", body: ByteBuffer(repeating: 0, count: 65_537))
                #expect(try await errorOf { try await client.publish(refused) } == .expected(.messageTooLarge, 406))
                let unsent = AMQPMessage(exchange: "", routingKey: "q", body: ByteBuffer(repeating: 0, count: 128 << 20 + 1))
                #expect(try await errorOf { try await client.publish(unsent) } == .expected(.messageTooLarge))
                try await client.publish(.to("q", "fits"))
                #expect(client.status.connectionCount == 1)
            }
        }
    }

    @Test("unroutable, dropped and refused messages")
    func outcomes() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withConnection(host.url) { connection in
                try await connection.withChannel { channel in
                    let limited: AMQPTable = ["x-max-length": 1, "x-overflow": "reject-publish"]
                    try await channel.queueDeclare(AMQPQueue(name: "full", arguments: limited))
                    try await channel.publish(.to("full", "1"))
                    #expect(try await errorOf { try await channel.publish(.to("full", "2")) } == .expected(.nacked))
                    #expect(try await errorOf { try await channel.publish(.to("none", "x")) } == .expected(.unroutable, 312))
                    var droppable = AMQPMessage.to("none", "x")
                    droppable.isMandatory = false
                    try await channel.publish(droppable)
                }
            }
        }
    }

    @Test("thousands in flight: each publish has its own outcome")
    func manyInFlight() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withConnection(host.url) { connection in
                try await connection.withChannel { channel in
                    try await channel.queueDeclare(AMQPQueue(name: "q", isDurable: false))
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for index in 0..<4_000 {
                            let isLost = index % 10 == 0
                            group.addTask {
                                let message = AMQPMessage.to(isLost ? "none" : "q", "\(index)", .init(messageID: "\(index)"))
                                let error = try await errorOf { try await channel.publish(message) }
                                #expect(error == (isLost ? .expected(.unroutable, 312) : nil))
                            }
                        }
                        try await group.waitForAll()
                    }
                    #expect(try await channel.queuePurge("q") == 3_600)
                }
            }
        }
    }
}
