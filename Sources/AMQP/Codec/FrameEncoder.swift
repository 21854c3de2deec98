internal import CRabbitMQ
internal import NIOCore

/// Swift values to AMQP frames, through librabbitmq's encoders. Not thread-safe: it belongs to one event loop.
final class FrameEncoder {
    /// Octets that say "AMQP 0-9-1"; the first thing a client sends.
    static let protocolHeader: [UInt8] = [0x41, 0x4D, 0x51, 0x50, 0, 0, 9, 1]
    private static let frameEnd: UInt8 = 0xCE
    /// Type, channel, size and end octet around each payload.
    private static let frameOverhead = 8

    /// Bytes of a whole frame, as negotiated.
    var frameMax = 131_072
    private let arena = EncodingArena()
    private let scratch: UnsafeMutableRawBufferPointer

    init() {
        scratch = .allocate(byteCount: 131_072, alignment: 16)
    }

    deinit {
        scratch.deallocate()
    }

    func write(_ method: Method, channel: UInt16, to out: inout ByteBuffer) throws(AMQPError) {
        defer { arena.reset() }
        let (id, count) = arena.withMethod(method) { id, decoded in (id, amqp_encode_method(id, decoded, target)) }
        if let refusal = arena.refusal { throw AMQPError(.messageTooLarge, "\(refusal); shorten the arguments") }
        guard count >= 0, Int(count) + 4 + Self.frameOverhead <= frameMax else {
            throw AMQPError(
                .messageTooLarge,
                "arguments do not fit one frame of \(frameMax) bytes, or a short string is longer than 255 bytes; shorten names or arguments"
            )
        }
        out.writeInteger(UInt8(1))
        out.writeInteger(channel)
        out.writeInteger(UInt32(count) + 4)
        out.writeInteger(id)
        out.writeBytes(UnsafeRawBufferPointer(rebasing: scratch[..<Int(count)]))
        out.writeInteger(Self.frameEnd)
    }

    /// Header frame and body frames. An empty body has no body frame; a body of n × (frame_max − 8) bytes has exactly n.
    func writeContent(_ properties: AMQPProperties, body: ByteBuffer, channel: UInt16, to out: inout ByteBuffer) throws(AMQPError) {
        defer { arena.reset() }
        var encoded = arena.properties(properties)
        let count = amqp_encode_properties(MethodID.basicClass, &encoded, target)
        if let refusal = arena.refusal { throw AMQPError(.messageTooLarge, "\(refusal); shorten the message's headers") }
        guard count >= 0, Int(count) + 12 + Self.frameOverhead <= frameMax else {
            throw AMQPError(
                .messageTooLarge,
                "message properties do not fit one frame of \(frameMax) bytes, or one is longer than 255 bytes; shorten the headers")
        }
        out.writeInteger(UInt8(2))
        out.writeInteger(channel)
        out.writeInteger(UInt32(count) + 12)
        out.writeInteger(MethodID.basicClass)
        out.writeInteger(UInt16(0))
        out.writeInteger(UInt64(body.readableBytes))
        out.writeBytes(UnsafeRawBufferPointer(rebasing: scratch[..<Int(count)]))
        out.writeInteger(Self.frameEnd)

        var rest = body
        while let part = rest.readSlice(length: min(rest.readableBytes, frameMax - Self.frameOverhead)), part.readableBytes > 0 {
            out.writeInteger(UInt8(3))
            out.writeInteger(channel)
            out.writeInteger(UInt32(part.readableBytes))
            out.writeImmutableBuffer(part)
            out.writeInteger(Self.frameEnd)
        }
    }

    func writeHeartbeat(to out: inout ByteBuffer) {
        out.writeBytes([8, 0, 0, 0, 0, 0, 0, Self.frameEnd])
    }

    private var target: amqp_bytes_t { amqp_bytes_t(len: scratch.count, bytes: scratch.baseAddress) }
}
