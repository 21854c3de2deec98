import NIOCore
import Testing

@testable import AMQP

@Suite("Content assembly")
struct ContentAssemblerTests {
    private static let method = Method.basicDeliver(
        .init(consumerTag: "c", deliveryTag: 1, isRedelivered: false, exchange: "", routingKey: "q"))

    @Test("method, header and bodies make one message")
    func assembles() throws {
        var assembler = ContentAssembler()
        try assembler.methodReceived(Self.method)
        #expect(!assembler.isIdle)
        #expect(try assembler.headerReceived(bodySize: 5, .init(messageID: "m")) == nil)
        #expect(try assembler.bodyReceived(ByteBuffer(string: "abc")) == nil)
        #expect(
            try assembler.bodyReceived(ByteBuffer(string: "de"))
                == .init(method: Self.method, properties: .init(messageID: "m"), body: ByteBuffer(string: "abcde")))
        #expect(assembler.isIdle)
    }

    @Test("an empty message has no body frame")
    func empty() throws {
        var assembler = ContentAssembler()
        try assembler.methodReceived(Self.method)
        #expect(try assembler.headerReceived(bodySize: 0, .init())?.body.readableBytes == 0)
    }

    @Test("frames out of order, too many bytes and impossible sizes are violations")
    func violations() throws {
        let violation = AMQPError.expected(.protocolViolation)
        var assembler = ContentAssembler()
        #expect(throws: violation) { try assembler.headerReceived(bodySize: 1, .init()) }
        #expect(throws: violation) { try assembler.bodyReceived(ByteBuffer(string: "a")) }
        try assembler.methodReceived(Self.method)
        #expect(throws: violation) { try assembler.methodReceived(Self.method) }
        #expect(throws: violation) { try assembler.headerReceived(bodySize: .max, .init()) }
        _ = try assembler.headerReceived(bodySize: 1, .init())
        #expect(throws: violation) { try assembler.bodyReceived(ByteBuffer(string: "ab")) }
    }

    @Test("an announced size claims no memory before bytes arrive")
    func lyingHeader() throws {
        var assembler = ContentAssembler()
        try assembler.methodReceived(Self.method)
        _ = try assembler.headerReceived(bodySize: ContentAssembler.largestBody, .init())
        #expect(try assembler.bodyReceived(ByteBuffer(string: "a")) == nil)
    }
}
