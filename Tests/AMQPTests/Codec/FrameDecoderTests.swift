import NIOCore
import Testing

@testable import AMQP

@Suite("Frames from bytes")
struct FrameDecoderTests {
    private static let deliver = Method.basicDeliver(
        .init(consumerTag: "c", deliveryTag: 7, isRedelivered: true, exchange: "e", routingKey: "k"))

    private static func session() throws -> (bytes: ByteBuffer, frames: [Frame]) {
        var bytes = try Frames.bytes(
            .connectionStart(.init(serverProperties: ["a": .table(["b": .array([1, "x"])])], mechanisms: "PLAIN")))
        bytes.writeImmutableBuffer(try Frames.bytes(deliver, channel: 3))
        let properties = AMQPProperties(headers: ["h": true], messageID: "m")
        bytes.writeImmutableBuffer(try Frames.content(properties, ByteBuffer(string: "body"), channel: 3))
        bytes.writeImmutableBuffer(Frames.raw(type: 8, channel: 0, payload: []))
        bytes.writeImmutableBuffer(try Frames.bytes(.basicAck(tag: 1, isMultiple: true), channel: 3))
        return (
            bytes,
            [
                .method(
                    channel: 0, .connectionStart(.init(serverProperties: ["a": .table(["b": .array([1, "x"])])], mechanisms: "PLAIN"))),
                .method(channel: 3, deliver), .header(channel: 3, bodySize: 4, properties), .body(channel: 3, ByteBuffer(string: "body")),
                .heartbeat, .method(channel: 3, .basicAck(tag: 1, isMultiple: true)),
            ]
        )
    }

    @Test("split at every byte, the frames are the same")
    func splits() throws {
        let (bytes, frames) = try Self.session()
        for split in 0...bytes.readableBytes {
            let decoder = FrameDecoder()
            let first = try #require(bytes.getSlice(at: bytes.readerIndex, length: split))
            let second = try #require(bytes.getSlice(at: bytes.readerIndex + split, length: bytes.readableBytes - split))
            #expect(try Frames.decode(first, with: decoder) + Frames.decode(second, with: decoder) == frames)
        }
    }

    @Test("byte by byte, the frames are the same")
    func singleBytes() throws {
        let (bytes, frames) = try Self.session()
        let decoder = FrameDecoder()
        #expect(try bytes.readableBytesView.flatMap { try Frames.decode(ByteBuffer(bytes: [$0]), with: decoder) } == frames)
    }

    @Test(
        "malformed frames are violations",
        arguments: [
            ("a method frame without a method", Frames.raw(type: 1, payload: [0, 10, 0])),
            ("an empty method frame", Frames.raw(type: 1, payload: [])),
            ("a short content header", Frames.raw(type: 2, payload: [0, 60, 0, 0, 0])),
            ("an empty content header", Frames.raw(type: 2, payload: [])),
            ("a content header of another class", Frames.raw(type: 2, payload: [0, 50] + Array(repeating: 0, count: 12))),
            ("a content header without flags", Frames.raw(type: 2, payload: [0, 60] + Array(repeating: 0, count: 10))),
            ("a wrong end octet", Frames.raw(type: 8, payload: [], end: 0)),
            ("an unknown type", Frames.raw(type: 4, payload: [])),
            ("an unknown method", Frames.raw(type: 1, payload: [0, 99, 0, 1])),
            ("a deliver without arguments", Frames.raw(type: 1, payload: [0, 60, 0, 60])),
            ("a deliver whose tag is longer than the frame", Frames.raw(type: 1, payload: [0, 60, 0, 60, 255, 1])),
            ("a whole frame above frame_max", Frames.raw(type: 3, payload: Array(repeating: 0, count: 131_065))),
            ("a length of 4 GiB", ByteBuffer(bytes: [1, 0, 1, 255, 255, 255, 255])),
            ("another protocol version", ByteBuffer(bytes: Array("AMQP".utf8) + [0, 1, 0, 0])),
            ("HTTP", ByteBuffer(string: "HTTP/1.1 400 Bad Request\r\n\r\n")),
            ("TLS", ByteBuffer(bytes: [0x15, 3, 3, 0, 2, 2, 70])),
        ])
    func malformed(name: String, bytes: ByteBuffer) {
        let error = #expect(throws: AMQPError.self, "\(name)") { try Frames.decode(bytes, with: FrameDecoder()) }
        #expect(error?.code == .protocolViolation)
    }

    @Test("says what the port speaks instead")
    func otherProtocols() {
        func message(_ bytes: [UInt8]) -> String {
            do {
                return "\(try Frames.decode(ByteBuffer(bytes: bytes)))"
            } catch {
                return "\(error)"
            }
        }
        #expect(message(Array("AMQP".utf8) + [0, 1, 0, 0]).contains("1-0-0"))
        #expect(message([0x15, 3, 3, 0, 2, 2, 70]).contains("amqps"))
    }

    @Test("a frame of exactly frame_max passes")
    func largestFrame() throws {
        #expect(try Frames.decode(Frames.raw(type: 3, payload: Array(repeating: 0, count: 131_064))).count == 1)
    }

    @Test("methods that only clients send are refused before they are decoded")
    func clientMethods() throws {
        let bytes = try Frames.bytes(.queueDeclare(AMQPQueue(name: "q"), isPassive: false), channel: 1)
        #expect(throws: AMQPError.expected(.protocolViolation)) { try Frames.decode(bytes, with: FrameDecoder()) }
    }

    @Test("headers nested beyond the limit read as absent, the rest of the message stays", arguments: ["F", "A"] as [Character])
    func deepHeaders(kind: Character) throws {
        for (depth, isReadable) in [(2, true), (FieldTableDepth.limit, true), (FieldTableDepth.limit + 1, false), (20_000, false)] {
            // Flags: content type, headers, message id.
            var payload: [UInt8] = [0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0b1010_0000, 0b1000_0000]
            payload += [1] + Array("t".utf8) + Frames.nested(depth, kind: kind) + [1] + Array("m".utf8)
            let frames = try Frames.decode(Frames.raw(type: 2, payload: payload))
            guard case .header(_, _, let properties)? = frames.first else {
                Issue.record("no header at depth \(depth)")
                continue
            }
            #expect(properties.contentType == "t")
            #expect(properties.messageID == "m")
            #expect((properties.headers != nil) == isReadable, "depth \(depth)")
        }
    }

    @Test("the two flags that RabbitMQ skips are skipped", arguments: [0x01, 0x02, 0x03] as [UInt8])
    func unusedFlags(flags: UInt8) throws {
        var bytes = Frames.unusedFlag
        bytes[1] = flags
        let expected = AMQPProperties(contentType: "ab")
        #expect(try Frames.decode(Frames.header(properties: bytes)) == [.header(channel: 1, bodySize: 0, expected)])
    }

    @Test("what RabbitMQ takes for bytes is never walked into", arguments: [2, 25_500])
    func hiddenNesting(depth: Int) throws {
        let frames = try Frames.decode(Frames.header(properties: Frames.hiddenNesting(depth)))
        guard case .header(_, _, let properties)? = frames.first else {
            Issue.record("no header")
            return
        }
        #expect(properties.contentType == "b\n")
        #expect(properties.headers == ["": .bytes(Frames.nested(depth, kind: "A"))])
    }

    @Test("properties that cannot be read are told from none")
    func unreadable() throws {
        // A header of a type that nobody knows; a string that is longer than the frame.
        for bytes in [[0x20, 0, 0, 0, 0, 2, 0, UInt8(ascii: "?")], [0x80, 0, 9, 1]] as [[UInt8]] {
            #expect(try Frames.decode(Frames.header(properties: bytes)) == [.header(channel: 1, bodySize: 0, .unreadable)])
        }
        #expect(try Frames.decode(Frames.header(properties: [0, 0])) == [.header(channel: 1, bodySize: 0, .init())])
    }

    @Test("server properties nested beyond the limit are a violation")
    func deepServerProperties() throws {
        let payload = [0, 10, 0, 10, 0, 9] + Frames.nested(20_000, kind: "F") + [0, 0, 0, 5] + Array("PLAIN".utf8) + [0, 0, 0, 0]
        #expect(throws: AMQPError.expected(.protocolViolation)) { try Frames.decode(Frames.raw(type: 1, channel: 0, payload: payload)) }
    }
}
