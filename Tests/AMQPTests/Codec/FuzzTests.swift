import NIOCore
import NIOEmbedded
import Testing

@testable import AMQP

@Suite("Hostile bytes")
struct FuzzTests {
    /// What a broker sends in a session that uses most of the protocol.
    private static func capture() throws -> [UInt8] {
        var out = ByteBuffer()
        func add(_ bytes: ByteBuffer) { out.writeImmutableBuffer(bytes) }
        add(try Frames.bytes(.connectionStart(.init(serverProperties: RoundTripTests.everyType, mechanisms: "PLAIN"))))
        add(try Frames.bytes(.connectionTune(.init(channelMax: 16, frameMax: 4096, heartbeat: 10)), .connectionOpenOk))
        add(try Frames.bytes(.channelOpenOk, .confirmSelectOk, .basicQosOk, .basicConsumeOk(consumerTag: "c"), channel: 1))
        for tag in 1...3 as ClosedRange<UInt64> {
            let deliver = Method.Deliver(consumerTag: "c", deliveryTag: tag, isRedelivered: false, exchange: "", routingKey: "q")
            add(try Frames.bytes(.basicDeliver(deliver), channel: 1))
            add(try Frames.content(RoundTripTests.everyProperty, ByteBuffer(string: "a body"), channel: 1))
        }
        for (tag, properties) in [(4, Frames.unusedFlag), (5, Frames.hiddenNesting(100))] as [(UInt64, [UInt8])] {
            let deliver = Method.Deliver(consumerTag: "c", deliveryTag: tag, isRedelivered: false, exchange: "", routingKey: "q")
            add(try Frames.bytes(.basicDeliver(deliver), channel: 1))
            add(Frames.header(properties: properties))
        }
        add(try Frames.bytes(.basicAck(tag: 2, isMultiple: true), .basicNack(tag: 3, isMultiple: false, requeue: false), channel: 1))
        add(try Frames.bytes(.basicReturn(.init(replyCode: 312, replyText: "NO_ROUTE", exchange: "", routingKey: "q")), channel: 1))
        add(try Frames.content(.init(), ByteBuffer(), channel: 1))
        add(try Frames.bytes(.connectionBlocked(reason: "low on memory"), .connectionUnblocked))
        add(Frames.raw(type: 8, channel: 0, payload: []))
        add(
            try Frames.bytes(
                .basicCancel(consumerTag: "c", noWait: false), .channelClose(.init(replyCode: 404, replyText: "x")), channel: 1))
        return Array(out.readableBytesView)
    }

    private static func mutate(_ bytes: inout [UInt8], using generator: inout SeededGenerator) {
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            let index = Int.random(in: 0..<bytes.count, using: &generator)
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: bytes[index] = .random(in: 0...255, using: &generator)
            case 1: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            case 2: bytes[index] = [0, 1, 127, 128, 255].randomElement(using: &generator) ?? 0
            case 3: bytes.remove(at: index)
            case 4: bytes.insert(.random(in: 0...255, using: &generator), at: index)
            default:
                let end = min(bytes.count, index + Int.random(in: 1...64, using: &generator))
                bytes.insert(contentsOf: Array(bytes[index..<end]), at: Int.random(in: 0..<bytes.count, using: &generator))
            }
        }
    }

    @Test("20,000 mutated captures neither crash the decoder nor make it loop", arguments: 0..<4 as Range<UInt64>)
    func decoder(seed: UInt64) throws {
        let capture = try Self.capture()
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<5_000 {
            var bytes = capture
            Self.mutate(&bytes, using: &generator)
            let decoder = FrameDecoder(accepts: { _ in true })
            var frames = 0
            var buffer = ByteBuffer(bytes: bytes)
            do {
                try decoder.decode(&buffer) { _ in frames += 1 }
            } catch {
                #expect(error.code == .protocolViolation)
            }
            #expect(frames <= bytes.count / 8)
        }
    }

    @Test("2,000 mutated sessions leave a connection open or ended, never in between", arguments: 0..<4 as Range<UInt64>)
    func session(seed: UInt64) throws {
        let capture = try Self.capture()
        var generator = SeededGenerator(seed: 1_000 + seed)
        for _ in 0..<500 {
            var bytes = capture
            Self.mutate(&bytes, using: &generator)
            let broker = try EmbeddedBroker()
            try broker.channel.connect(to: .init(ipAddress: "127.0.0.1", port: 5672)).wait()
            let core = try broker.handler.openChannel()
            let answers = Outcomes<Bool>()
            for method in [.channelOpen, .confirmSelect, .basicQos(prefetchCount: 1)] as [Method] {
                core.call(method, deadline: .distantFuture) { _ in answers.append(true) }
            }
            core.consume(
                .init(queue: "q", consumerTag: "c"), consumer: .init(received: { _ in .taken }, ended: { _ in }), deadline: .distantFuture
            ) { _ in answers.append(true) }
            let outcomes = (0..<3).map { _ in broker.publish(core, AMQPMessage(exchange: "", routingKey: "q", body: ByteBuffer())) }
            try broker.send(ByteBuffer(bytes: bytes))
            broker.handler.abort(AMQPError(.cancelled, "the end of the test"))
            #expect(answers.values.count == 4)
            #expect(outcomes.allSatisfy { $0.values.count == 1 })
            #expect(!broker.channel.isActive)
            _ = try? broker.channel.finish(acceptAlreadyClosed: true)
        }
    }

    @Test("garbage ends the handshake, whatever it is", arguments: 0..<50 as Range<UInt64>)
    func garbage(seed: UInt64) throws {
        var generator = SeededGenerator(seed: 2_000 + seed)
        let bytes = (0..<4_096).map { _ in UInt8.random(in: 0...255, using: &generator) }
        #expect(throws: AMQPError.expected(.protocolViolation)) { try Frames.decode(ByteBuffer(bytes: bytes), with: FrameDecoder()) }
    }
}
