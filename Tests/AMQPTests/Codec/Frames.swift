import NIOCore

@testable import AMQP

/// Frames by hand, right and wrong.
enum Frames {
    static func bytes(_ methods: Method..., channel: UInt16 = 0) throws -> ByteBuffer {
        let encoder = FrameEncoder()
        var out = ByteBuffer()
        for method in methods { try encoder.write(method, channel: channel, to: &out) }
        return out
    }

    static func content(_ properties: AMQPProperties, _ body: ByteBuffer, channel: UInt16, frameMax: Int = 131_072) throws -> ByteBuffer {
        let encoder = FrameEncoder()
        encoder.frameMax = frameMax
        var out = ByteBuffer()
        try encoder.writeContent(properties, body: body, channel: channel, to: &out)
        return out
    }

    /// Any type and payload in a well-formed envelope.
    static func raw(type: UInt8, channel: UInt16 = 1, payload: [UInt8], end: UInt8 = 0xCE) -> ByteBuffer {
        var out = ByteBuffer()
        out.writeInteger(type)
        out.writeInteger(channel)
        out.writeInteger(UInt32(payload.count))
        out.writeBytes(payload)
        out.writeInteger(end)
        return out
    }

    static func decode(_ bytes: ByteBuffer, with decoder: FrameDecoder = FrameDecoder(accepts: { _ in true })) throws -> [Frame] {
        var bytes = bytes
        var frames: [Frame] = []
        try decoder.decode(&bytes) { frames.append($0) }
        return frames
    }

    /// A content header whose property bytes are given as they are.
    static func header(properties: [UInt8], bodySize: UInt64 = 0, channel: UInt16 = 1) -> ByteBuffer {
        raw(type: 2, channel: channel, payload: [0, 60, 0, 0] + withUnsafeBytes(of: bodySize.bigEndian, Array.init) + properties)
    }

    /// A content type and the lowest flag, which announces more flags to some readers and means nothing to RabbitMQ.
    static let unusedFlag: [UInt8] = [0x80, 0x01, 2] + Array("ab".utf8)

    /// A header of bytes that nobody looks into, unless the lowest flag makes him take the content type for more flags: then its second
    /// letter is a length that ends right before a table of nested arrays.
    static func hiddenNesting(_ depth: Int) -> [UInt8] {
        let hidden = nested(depth, kind: "A")
        func length(_ count: Int) -> [UInt8] { withUnsafeBytes(of: UInt32(count).bigEndian, Array.init) }
        return [0xA0, 0x01, 2, UInt8(ascii: "b"), 10] + length(hidden.count + 6) + [0, UInt8(ascii: "x")] + length(hidden.count) + hidden
    }

    /// A table of one field that nests `depth` tables or arrays, the outermost included.
    static func nested(_ depth: Int, kind: Character) -> [UInt8] {
        let kind = kind.asciiValue ?? 0
        // Each level inside a table starts with an empty key.
        let inner: [UInt8] = kind == UInt8(ascii: "F") ? [0, kind] : [kind]
        var lengths: [Int] = [0]
        for _ in 1..<depth { lengths.append((lengths.last ?? 0) + inner.count + 4) }
        if kind == UInt8(ascii: "A"), depth > 1 { lengths[depth - 1] += 1 }
        var out: [UInt8] = []
        for (level, length) in lengths.reversed().enumerated() {
            if level > 0 { out += level == 1 ? [0, kind] : inner }
            out += withUnsafeBytes(of: UInt32(length).bigEndian, Array.init)
        }
        return out
    }
}
