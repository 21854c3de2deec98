import NIOCore
import TestSupport
import Testing

@testable import AMQP

@Suite("Declarations and errors of a real broker", .timeLimit(.minutes(30)))
struct TopologyTests {
    @Test("exchanges, queues and bindings of both kinds, and what becomes of them")
    func operations() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withConnection(host.url) { connection in
                #expect(connection.serverProperties["product"] == "RabbitMQ")
                try await connection.withChannel { channel in
                    for name in ["outer", "inner"] { try await channel.exchangeDeclare(AMQPExchange(name: name, kind: .topic)) }
                    try await channel.exchangeDeclare(AMQPExchange(name: "outer", kind: .topic), passive: true)
                    let named = try await channel.queueDeclare(AMQPQueue(name: "", isExclusive: true, isAutoDelete: true))
                    #expect(named.name.hasPrefix("amq.gen"))
                    try await channel.exchangeBind(destination: "inner", source: "outer", routingKey: "a.#")
                    try await channel.queueBind(queue: named.name, exchange: "inner", routingKey: "a.b")
                    let message = AMQPMessage(exchange: "outer", routingKey: "a.b", body: .init(string: "1"))
                    try await channel.publish(message)
                    try await channel.publish(message)
                    #expect(try await channel.queueDeclare(AMQPQueue(name: named.name), passive: true).messageCount == 2)
                    let first = try #require(try await channel.get(named.name))
                    #expect(first.text == "1" && first.exchange == "outer" && first.routingKey == "a.b" && !first.isRedelivered)
                    channel.settle(first, .requeue)
                    let again = try #require(try await channel.get(named.name))
                    #expect(again.isRedelivered)
                    channel.settle(again, .ack)
                    #expect(try await channel.queuePurge(named.name) == 1)
                    #expect(try await channel.get(named.name) == nil)
                    try await channel.queueUnbind(queue: named.name, exchange: "inner", routingKey: "a.b")
                    try await channel.exchangeUnbind(destination: "inner", source: "outer", routingKey: "a.#")
                    #expect(try await errorOf { try await channel.publish(message) } == .expected(.unroutable, 312))
                    #expect(try await channel.queueDelete(named.name) == 0)
                    try await channel.exchangeDelete("inner", ifUnused: true)
                }
            }
        }
    }

    @Test("404, 403 and 406 end their channel and nothing else")
    func channelErrors() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withConnection(host.url) { connection in
                try await connection.withChannel { bystander in
                    try await bystander.queueDeclare(AMQPQueue(name: "q"))
                    let missing = try await errorOf {
                        try await connection.withChannel { try await $0.queueDeclare(AMQPQueue(name: "none"), passive: true) }
                    }
                    #expect(missing == .expected(.channelClosed, 404))
                    let different = try await errorOf {
                        try await connection.withChannel { try await $0.queueDeclare(AMQPQueue(name: "q", isDurable: false)) }
                    }
                    #expect(different == .expected(.channelClosed, 406))
                    let reserved = try await errorOf {
                        try await connection.withChannel { try await $0.exchangeDeclare(AMQPExchange(name: "amq.mine", kind: .direct)) }
                    }
                    #expect(reserved == .expected(.channelClosed, 403))
                    let noExchange = try await errorOf {
                        try await connection.withChannel {
                            try await $0.publish(AMQPMessage(exchange: "none", routingKey: "", body: .init()))
                        }
                    }
                    #expect(noExchange == .expected(.channelClosed, 404))
                    try await bystander.publish(.to("q", "unharmed"))
                    #expect(!bystander.isClosed)
                }
            }
        }
    }

    @Test("a wrong password and a wrong virtual host are named")
    func refused() async throws {
        try await TestBroker.withVirtualHost { host in
            var endpoint = try AMQPEndpoint(url: host.url)
            endpoint.virtualHost = "none"
            #expect(try await connectError(endpoint).code == .virtualHostRefused)
            endpoint.credentials = .plain(user: "nobody", password: "secret")
            let error = try await connectError(endpoint)
            #expect(error == .expected(.authenticationRefused, 403))
            #expect(!"\(error)".contains("secret"))
        }
    }
}
