import NIOCore
import Testing

@testable import AMQP

@Suite("Values over the wire and back")
struct RoundTripTests {
    static let everyType: AMQPTable = [
        "void": .void, "bool": true, "int8": .int8(-8), "uint8": .uint8(200), "int16": .int16(-16_000), "uint16": .uint16(60_000),
        "int32": .int32(.min), "uint32": .uint32(.max), "int64": .int64(.min), "float": .float(1.5), "double": .double(-.pi),
        "decimal": .decimal(scale: 2, value: 314), "string": "naïve ✓", "bytes": .bytes([0, 255, 1]),
        "timestamp": .timestamp(1_700_000_000),
        "array": .array([.int8(1), .array([]), .table(["in": .array([.string("deep")])])]),
        "table": .table(["empty": .table([:]), "nested": .table(["x": .void])]), "": "an empty key",
    ]

    static let everyProperty = AMQPProperties(
        contentType: "application/json", contentEncoding: "utf-8", headers: everyType, deliveryMode: .persistent, priority: 9,
        correlationID: "c", replyTo: "r", expiration: "60000", messageID: "m", timestamp: 1, type: "t", userID: "u", appID: "a")

    @Test("every property and every field type, and none")
    func properties() throws {
        var withUnsigned = Self.everyProperty
        withUnsigned.headers?["uint64"] = .uint64(.max)
        for properties in [withUnsigned, AMQPProperties(), AMQPProperties(headers: [:]), AMQPProperties(deliveryMode: .transient)] {
            #expect(
                try Frames.decode(Frames.content(properties, ByteBuffer(), channel: 1)) == [.header(channel: 1, bodySize: 0, properties)])
        }
    }

    /// A UUID, more wrong bytes than their replacements would leave room for, half a scalar, one in two parts, a surrogate, and the
    /// scalars that stand for bytes.
    static let binaryTexts: [[UInt8]] = [
        [0xF8, 0x1D, 0x4F, 0xAE, 0x7D, 0xEC, 0x11, 0xD0, 0xA7, 0x65, 0x00, 0xA0, 0xC9, 0x1E, 0x6B, 0xF6],
        Array(repeating: 0xFF, count: 255), Array("naïve".utf8) + [0xE2, 0x9C], [0xC3, 0x41, 0xA9], [0xED, 0xA0, 0x80],
        Array("a\u{10FF80}b\u{10FFFF}\u{10FF7F}".utf8), Array("a\u{10FFC3}\u{10FFA9}".utf8), Array(0...255).dropLast(),
        [0xF4, 0x8F, 0xBE], [0xF4],
    ]

    @Test("text that is no UTF-8 goes back as it came: short strings, header values and keys", arguments: binaryTexts)
    func binaryText(_ text: [UInt8]) throws {
        func short(_ bytes: [UInt8]) -> [UInt8] { [UInt8(bytes.count)] + bytes }
        func long(_ bytes: [UInt8]) -> [UInt8] { withUnsafeBytes(of: UInt32(bytes.count).bigEndian, Array.init) + bytes }
        // Headers with one string, correlation id, reply to.
        let headers = long(short(text) + [UInt8(ascii: "S")] + long(text))
        let sent = Frames.header(properties: [0x26, 0] + headers + short(text) + short(text))
        guard case .header(_, _, let properties)? = try Frames.decode(sent).first else {
            Issue.record("no header")
            return
        }
        #expect(try Frames.content(properties, ByteBuffer(), channel: 1) == sent)
        let routed = try Frames.bytes(.basicPublish(exchange: "", routingKey: properties.replyTo ?? "", isMandatory: false))
        #expect(routed.readableBytesView.dropFirst(14).dropLast(2).elementsEqual(short(text)))
    }

    @Test("different bytes are different text")
    func binaryTextIsUnique() {
        let texts = Self.binaryTexts.map { bytes in bytes.withUnsafeBytes { WireText.string($0) } }
        #expect(Set(texts).count == texts.count)
        #expect(Array("naïve ✓ \u{10FF7F}".utf8).withUnsafeBytes { WireText.string($0) } == "naïve ✓ \u{10FF7F}")
    }

    @Test(
        "every method",
        arguments: [
            .connectionStart(.init(serverProperties: everyType, mechanisms: "PLAIN EXTERNAL")),
            .connectionStartOk(.init(clientProperties: everyType, mechanism: "PLAIN", response: [0, 1])),
            .connectionSecure(challenge: [1]), .connectionTune(.init(channelMax: 1, frameMax: 2, heartbeat: 3)),
            .connectionTuneOk(.init(channelMax: 1, frameMax: 2, heartbeat: 3)), .connectionOpen(virtualHost: "v"), .connectionOpenOk,
            .connectionClose(.init(replyCode: 1, replyText: "t", classID: 2, methodID: 3)), .connectionCloseOk,
            .connectionBlocked(reason: "r"), .connectionUnblocked, .channelOpen, .channelOpenOk, .channelFlow(isActive: true),
            .channelFlowOk(isActive: false), .channelClose(.init(replyCode: 1, replyText: "t", classID: 2, methodID: 3)), .channelCloseOk,
            .exchangeDeclare(
                .init(name: "e", kind: .topic, isDurable: false, isAutoDelete: true, isInternal: true, arguments: everyType),
                kind: "topic", isPassive: true),
            .exchangeDeclareOk, .exchangeDelete(name: "e", ifUnused: true), .exchangeDeleteOk,
            .exchangeBind(.init(destination: "d", source: "s", routingKey: "k", arguments: everyType)), .exchangeBindOk,
            .exchangeUnbind(.init(destination: "d", source: "s", routingKey: "k")), .exchangeUnbindOk,
            .queueDeclare(.init(name: "q", isDurable: false, isExclusive: true, isAutoDelete: true, arguments: everyType), isPassive: true),
            .queueDeclareOk(.init(name: "q", messageCount: 1, consumerCount: 2)),
            .queueBind(.init(queue: "q", exchange: "e", routingKey: "k", arguments: everyType)), .queueBindOk,
            .queueUnbind(.init(queue: "q", exchange: "e", routingKey: "k")), .queueUnbindOk, .queuePurge(name: "q"),
            .queuePurgeOk(messageCount: 3), .queueDelete(name: "q", ifUnused: true, ifEmpty: true), .queueDeleteOk(messageCount: 4),
            .basicQos(prefetchCount: 9), .basicQosOk,
            .basicConsume(.init(queue: "q", consumerTag: "c", isExclusive: true, arguments: ["x-stream-offset": .int64(5)])),
            .basicConsumeOk(consumerTag: "c"), .basicCancel(consumerTag: "c", noWait: true), .basicCancelOk(consumerTag: "c"),
            .basicPublish(exchange: "e", routingKey: "k", isMandatory: true),
            .basicReturn(.init(replyCode: 312, replyText: "NO_ROUTE", exchange: "e", routingKey: "k")),
            .basicDeliver(.init(consumerTag: "c", deliveryTag: .max, isRedelivered: true, exchange: "e", routingKey: "k")),
            .basicGet(queue: "q"), .basicGetOk(.init(deliveryTag: 1, isRedelivered: false, exchange: "e", routingKey: "k")),
            .basicGetEmpty, .basicAck(tag: 1, isMultiple: true), .basicReject(tag: 2, requeue: true),
            .basicNack(tag: 3, isMultiple: true, requeue: false), .confirmSelect, .confirmSelectOk,
        ] as [Method])
    func method(_ method: Method) throws {
        #expect(try Frames.decode(Frames.bytes(method, channel: 2)) == [.method(channel: 2, method)])
    }

    @Test("what the wire cannot carry is refused, and nothing of it is written")
    func refusals() throws {
        let long = String(repeating: "ä", count: 128)
        var deep = AMQPValue.table([:])
        for _ in 0..<FieldTableDepth.limit { deep = .table(["t": deep]) }
        let tooLarge = AMQPError.expected(.messageTooLarge)
        #expect(throws: tooLarge) { try Frames.bytes(.basicPublish(exchange: "", routingKey: long, isMandatory: false)) }
        #expect(throws: tooLarge) { try Frames.bytes(.queueDeclare(.init(name: "q", arguments: [long: 1]), isPassive: false)) }
        for properties in [
            AMQPProperties(messageID: long), AMQPProperties(headers: [long: true]), AMQPProperties(headers: ["a": .table([long: true])]),
            AMQPProperties(headers: ["deep": deep]), AMQPProperties(headers: ["big": .bytes(Array(repeating: 0, count: 131_072))]),
        ] {
            #expect(throws: tooLarge) { try Frames.content(properties, ByteBuffer(string: "x"), channel: 1) }
        }
    }

    @Test(
        "a body is split by frame_max: none, one less, exact multiples, one more", arguments: [0, 1, 4087, 4088, 4089, 8176, 8177, 12_264])
    func bodies(size: Int) throws {
        let body = ByteBuffer(bytes: (0..<size).map { UInt8(truncatingIfNeeded: $0) })
        let bytes = try Frames.content(.init(), body, channel: 1, frameMax: 4096)
        let decoder = FrameDecoder()
        decoder.frameMax = 4096
        let parts = try Frames.decode(bytes, with: decoder).dropFirst().map { frame in
            guard case .body(1, let part) = frame else { throw AMQPError(.protocolViolation, "not a body: \(frame)") }
            return part
        }
        #expect(parts.count == (size + 4087) / 4088)
        #expect(parts.dropLast().allSatisfy { $0.readableBytes == 4088 })
        #expect(parts.allSatisfy { $0.readableBytes > 0 })
        #expect(ByteBuffer(bytes: parts.flatMap { $0.readableBytesView }) == body)
    }
}
