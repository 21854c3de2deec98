internal import CRabbitMQ
internal import NIOCore

/// One decoded frame. Body bytes are valid only inside the callback that receives them.
enum Frame {
    case method(channel: UInt16, Method)
    case header(channel: UInt16, bodySize: UInt64, AMQPProperties)
    case body(channel: UInt16, UnsafeRawBufferPointer)
    case heartbeat
}

/// Bytes to frames, through librabbitmq's parser, which keeps partial frames itself. Not thread-safe: it belongs to one event loop.
final class FrameDecoder {
    private let state: amqp_connection_state_t

    init() throws(AMQPError) {
        guard let state = amqp_new_connection() else {
            throw AMQPError(.invalidConfiguration, "librabbitmq could not allocate a parser: out of memory")
        }
        self.state = state
    }

    deinit {
        // Only frees memory: the state was never given a socket.
        amqp_destroy_connection(state)
    }

    /// Sets the negotiated limits. The parser must be between frames: call it on receipt of `connection.tune`, before reading on.
    func tune(channelMax: UInt16, frameMax: UInt32) throws(AMQPError) {
        amqp_maybe_release_buffers(state)
        let status = amqp_tune_connection(state, Int32(channelMax), Int32(clamping: frameMax), 0)
        guard status == 0 else { throw Self.malformed(status) }
    }

    /// Feeds all of `buffer` and calls `receive` for each complete frame, in order.
    func decode(_ buffer: inout ByteBuffer, _ receive: (Frame) throws(AMQPError) -> Void) throws(AMQPError) {
        let result: Result<Void, AMQPError> = buffer.readWithUnsafeMutableReadableBytes { raw in
            do throws(AMQPError) {
                try decode(raw, receive)
                return (raw.count, .success(()))
            } catch {
                return (raw.count, .failure(error))
            }
        }
        try result.get()
    }

    private func decode(_ raw: UnsafeMutableRawBufferPointer, _ receive: (Frame) throws(AMQPError) -> Void) throws(AMQPError) {
        var offset = 0
        while offset < raw.count {
            var frame = amqp_frame_t()
            let consumed = amqp_handle_input(
                state, amqp_bytes_t(len: raw.count - offset, bytes: raw.baseAddress.map { $0 + offset }), &frame)
            guard consumed > 0 else { throw Self.malformed(consumed) }
            offset += Int(consumed)
            guard frame.frame_type != 0 else { continue }
            // Every byte that Swift keeps was copied by now, so the pool can be reused at once; librabbitmq would grow it for ever.
            defer { amqp_maybe_release_buffers_on_channel(state, frame.channel) }
            try receive(try Self.frame(frame))
        }
    }

    private static func frame(_ frame: amqp_frame_t) throws(AMQPError) -> Frame {
        switch frame.frame_type {
        case 1:
            guard let method = Method(decoding: frame.payload.method) else {
                throw AMQPError(
                    .protocolViolation, "the broker sent method 0x\(String(frame.payload.method.id, radix: 16)), which is not known")
            }
            return .method(channel: frame.channel, method)
        case 2:
            guard frame.payload.properties.class_id == MethodID.basicClass, let decoded = frame.payload.properties.decoded else {
                throw AMQPError(.protocolViolation, "the broker sent a content header of a class other than basic")
            }
            let properties = AMQPProperties(decoding: decoded.assumingMemoryBound(to: amqp_basic_properties_t.self).pointee)
            return .header(channel: frame.channel, bodySize: frame.payload.properties.body_size, properties)
        case 3:
            let fragment = frame.payload.body_fragment
            return .body(channel: frame.channel, UnsafeRawBufferPointer(start: fragment.bytes, count: fragment.len))
        case 8:
            return .heartbeat
        case 0x41:
            let header = frame.payload.protocol_header
            let version = "\(header.protocol_version_major).\(header.protocol_version_minor)"
            throw AMQPError(.protocolViolation, "the broker wants AMQP \(version), not 0-9-1; is this the port of another protocol?")
        default:
            throw AMQPError(.protocolViolation, "the broker sent a frame of type \(frame.frame_type), which is not known")
        }
    }

    private static func malformed(_ status: Int32) -> AMQPError {
        let reason = amqp_error_string2(status).map { String(cString: $0) } ?? "status \(status)"
        return AMQPError(.protocolViolation, "malformed or oversized frame: \(reason); is this an AMQP 0-9-1 port?")
    }
}
