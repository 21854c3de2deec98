internal import NIOCore

/// How deep tables may nest. librabbitmq decodes them by recursion without a limit: a frame of 128 KiB can nest 26,000 levels, which
/// overflows a thread's stack of 2 MiB. The walk here uses a stack of its own and never goes beyond the limit.
enum FieldTableDepth {
    /// Tables and arrays within each other, the outermost included. The same both ways.
    static let limit = 64

    private struct Level {
        var end: Int
        /// Entries of a table have a key; those of an array have none.
        var hasKeys: Bool
    }

    /// True when the table whose length field is at `start` nests too deep. False also for bytes that are no table: librabbitmq
    /// refuses them at the same place.
    static func isExceeded(in buffer: ByteBuffer, at start: Int) -> Bool {
        guard let size = buffer.getInteger(at: start, as: UInt32.self) else { return false }
        var offset = start + 4
        var levels = [Level(end: offset + Int(size), hasKeys: true)]
        while let level = levels.last {
            guard offset < level.end else {
                levels.removeLast()
                continue
            }
            if level.hasKeys {
                guard let length = buffer.getInteger(at: offset, as: UInt8.self) else { return false }
                offset += 1 + Int(length)
            }
            guard let kind = buffer.getInteger(at: offset, as: UInt8.self) else { return false }
            offset += 1
            switch kind {
            case UInt8(ascii: "F"), UInt8(ascii: "A"):
                guard let size = buffer.getInteger(at: offset, as: UInt32.self) else { return false }
                guard levels.count < limit else { return true }
                offset += 4
                levels.append(Level(end: offset + Int(size), hasKeys: kind == UInt8(ascii: "F")))
            case UInt8(ascii: "S"), UInt8(ascii: "x"):
                guard let size = buffer.getInteger(at: offset, as: UInt32.self) else { return false }
                offset += 4 + Int(size)
            default:
                guard let width = width(of: kind) else { return false }
                offset += width
            }
        }
        return false
    }

    /// Message properties as they are, or without their header table when that nests too deep.
    static func withoutDeepHeaders(_ properties: ByteBuffer) -> ByteBuffer {
        guard let flags = properties.getInteger(at: properties.readerIndex, as: UInt16.self), flags & PropertyFlag.headers != 0 else {
            return properties
        }
        // Content type and content encoding come first, each a short string.
        var offset = properties.readerIndex + 2
        for flag in [PropertyFlag.contentType, PropertyFlag.contentEncoding] where flags & flag != 0 {
            guard let length = properties.getInteger(at: offset, as: UInt8.self) else { return properties }
            offset += 1 + Int(length)
        }
        guard isExceeded(in: properties, at: offset), let size = properties.getInteger(at: offset, as: UInt32.self) else {
            return properties
        }
        let end = offset + 4 + Int(size)
        guard let before = properties.getSlice(at: properties.readerIndex + 2, length: offset - properties.readerIndex - 2),
            let after = properties.getSlice(at: end, length: properties.writerIndex - end)
        else { return properties }
        var result = ByteBuffer(integer: flags & ~PropertyFlag.headers)
        result.writeImmutableBuffer(before)
        result.writeImmutableBuffer(after)
        return result
    }

    /// Bytes of a field whose size is fixed; nil for a letter that RabbitMQ does not use.
    private static func width(of kind: UInt8) -> Int? {
        switch Character(UnicodeScalar(kind)) {
        case "V": 0
        case "t", "b", "B": 1
        case "s", "u": 2
        case "I", "i", "f": 4
        case "D": 5
        case "l", "L", "d", "T": 8
        default: nil
        }
    }
}
