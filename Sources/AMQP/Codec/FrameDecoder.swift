internal import CRabbitMQ
internal import NIOCore

/// One decoded frame.
enum Frame: Equatable {
    case method(channel: UInt16, Method)
    case header(channel: UInt16, bodySize: UInt64, AMQPProperties)
    /// The bytes share the receive buffer: copy what is kept.
    case body(channel: UInt16, ByteBuffer)
    case heartbeat
}

/// Bytes to frames: this side splits the stream and checks the envelope, librabbitmq decodes what is inside.
///
/// `amqp_handle_input` is not used. It reads past a method frame shorter than 4 bytes and a header frame shorter than 12 (the length
/// wraps around), it keeps a memory pool for ever for each of 65,536 channel numbers, it ignores frames of unknown types, and
/// `amqp_tune_connection` aborts the process when it is called inside a frame. Not thread-safe: it belongs to one event loop.
final class FrameDecoder {
    private static let headerSize = 7
    private static let frameEnd: UInt8 = 0xCE

    /// Bytes of a whole frame, as negotiated.
    var frameMax = 131_072
    private let accepts: (UInt32) -> Bool
    /// The frame that is not complete yet.
    private var pending = ByteBuffer()
    private let pool: UnsafeMutablePointer<amqp_pool_t>

    /// - Parameter accepts: tells the numbers of the methods that the peer may send.
    init(accepts: @escaping (UInt32) -> Bool = MethodID.isSentByBroker) {
        self.accepts = accepts
        pool = .allocate(capacity: 1)
        init_amqp_pool(pool, 16 * 1024)
    }

    deinit {
        empty_amqp_pool(pool)
        pool.deallocate()
    }

    /// Takes all of `buffer` and calls `receive` for each complete frame, in order. After an error it must not be called again.
    func decode(_ buffer: inout ByteBuffer, _ receive: (Frame) throws(AMQPError) -> Void) throws(AMQPError) {
        if pending.readableBytes == 0 {
            pending = buffer
            buffer.moveReaderIndex(to: buffer.writerIndex)
        } else {
            pending.discardReadBytes()
            pending.writeBuffer(&buffer)
        }
        while let frame = try next() { try receive(frame) }
        if pending.readableBytes == 0 { pending = ByteBuffer() }
    }

    private func next() throws(AMQPError) -> Frame? {
        guard let type = pending.getInteger(at: pending.readerIndex, as: UInt8.self) else { return nil }
        guard type == 1 || type == 2 || type == 3 || type == 8 else { return try refuse(type) }
        guard let channel = pending.getInteger(at: pending.readerIndex + 1, as: UInt16.self),
            let size = pending.getInteger(at: pending.readerIndex + 3, as: UInt32.self)
        else { return nil }
        let wholeSize = Self.headerSize + Int(size) + 1
        guard wholeSize <= frameMax else {
            throw Self.malformed("a frame of \(wholeSize) bytes, where \(frameMax) were agreed")
        }
        guard pending.readableBytes >= wholeSize else { return nil }
        pending.moveReaderIndex(forwardBy: Self.headerSize)
        guard let payload = pending.readSlice(length: Int(size)), pending.readInteger(as: UInt8.self) == Self.frameEnd else {
            throw Self.malformed("a frame without its end octet")
        }
        switch type {
        case 1: return .method(channel: channel, try method(payload))
        case 2: return try header(channel, payload)
        case 3: return .body(channel: channel, payload)
        default: return .heartbeat
        }
    }

    private func method(_ payload: ByteBuffer) throws(AMQPError) -> Method {
        guard let id = payload.getInteger(at: payload.readerIndex, as: UInt32.self) else {
            throw Self.malformed("a method frame without a method")
        }
        guard accepts(id) else {
            throw AMQPError(.protocolViolation, "the broker sent method 0x\(String(id, radix: 16)), which is not one that brokers send")
        }
        // The one method of a broker that carries a table: version, then server properties.
        if id == MethodID.connectionStart, FieldTableDepth.isExceeded(in: payload, at: payload.readerIndex + 6) {
            throw Self.malformed("server properties nested deeper than \(FieldTableDepth.limit) levels")
        }
        var arguments = payload
        arguments.moveReaderIndex(forwardBy: 4)
        let decoded: Method? = withPool(arguments) { pool, bytes in
            var method = amqp_method_t(id: id, decoded: nil)
            guard amqp_decode_method(id, pool, bytes, &method.decoded) == 0 else { return nil }
            return Method(decoding: method)
        }
        guard let decoded else { throw Self.malformed("method 0x\(String(id, radix: 16)) with arguments that cannot be read") }
        return decoded
    }

    private func header(_ channel: UInt16, _ payload: ByteBuffer) throws(AMQPError) -> Frame {
        var rest = payload
        guard let (contentClass, _, bodySize) = rest.readMultipleIntegers(as: (UInt16, UInt16, UInt64).self) else {
            throw Self.malformed("a content header of \(payload.readableBytes) bytes")
        }
        guard rest.readableBytes >= 2 else { throw Self.malformed("a content header without property flags") }
        guard contentClass == MethodID.basicClass else {
            throw AMQPError(.protocolViolation, "the broker sent a content header of class \(contentClass), not basic")
        }
        // The broker passes on what any publisher sends: none of it must end the connection, on which the message would come back.
        let readable = FieldTableDepth.withoutDeepHeaders(PropertyFlag.withoutUnused(rest))
        let properties: AMQPProperties? = withPool(readable) { pool, bytes in
            var decoded: UnsafeMutableRawPointer?
            guard amqp_decode_properties(contentClass, pool, bytes, &decoded) == 0, let decoded else { return nil }
            return AMQPProperties(decoding: decoded.assumingMemoryBound(to: amqp_basic_properties_t.self).pointee)
        }
        return .header(channel: channel, bodySize: bodySize, properties ?? .unreadable)
    }

    /// Lends the bytes and a pool to librabbitmq. What it decodes is copied by `body`; the pool is reused for the next frame.
    private func withPool<Result>(_ buffer: ByteBuffer, _ body: (UnsafeMutablePointer<amqp_pool_t>, amqp_bytes_t) -> Result) -> Result {
        defer { recycle_amqp_pool(pool) }
        return buffer.withUnsafeReadableBytes { raw in
            // The parameter is not const in C, but the decoders only read.
            body(pool, amqp_bytes_t(len: raw.count, bytes: UnsafeMutableRawPointer(mutating: raw.baseAddress)))
        }
    }

    /// Says what the peer seems to be, from the first byte that is no frame.
    private func refuse(_ type: UInt8) throws(AMQPError) -> Frame? {
        switch type {
        case UInt8(ascii: "A"):
            // A broker that speaks another version answers with its own protocol header, and hangs up (section 4.2.2).
            guard pending.readableBytes >= 8 else { return nil }
            let version = pending.getBytes(at: pending.readerIndex + 5, length: 3) ?? []
            throw AMQPError(
                .protocolViolation,
                "the broker wants AMQP \(version.map(String.init).joined(separator: "-")), not 0-9-1; is this the port of another protocol?"
            )
        case 0x15, 0x16:
            throw AMQPError(.protocolViolation, "the peer speaks TLS; use the scheme amqps, or the port without TLS")
        default:
            throw Self.malformed("a frame of type \(type)")
        }
    }

    private static func malformed(_ what: String) -> AMQPError {
        AMQPError(.protocolViolation, "the peer sent \(what); is this an AMQP 0-9-1 port?")
    }
}
