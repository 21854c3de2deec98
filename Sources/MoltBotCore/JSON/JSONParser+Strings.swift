extension JSONParser {
    /// Reads up to and including the closing quote; the opening one is already consumed.
    mutating func parseString() throws(JSONError) -> String {
        let start = position
        position = bytes.firstStringDelimiter(from: position)
        if position < bytes.count, bytes[position] == UInt8(ascii: "\"") {
            defer { position += 1 }
            return try text(of: UnsafeRawBufferPointer(rebasing: bytes[start..<position]), startingAt: start)
        }
        return try parseStringWithEscapes(startingAt: start)
    }

    private mutating func parseStringWithEscapes(startingAt start: Int) throws(JSONError) -> String {
        var unescaped = Array(bytes[start..<position])
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                position += 1
                return try unescaped.withUnsafeBufferPointer { (buffer) throws(JSONError) in
                    try text(of: UnsafeRawBufferPointer(buffer), startingAt: start)
                }
            case UInt8(ascii: "\\"):
                position += 1
                try parseEscape(into: &unescaped)
            default:
                throw failure("a control character in a string must be escaped")
            }
            let plain = position
            position = bytes.firstStringDelimiter(from: position)
            unescaped.append(contentsOf: bytes[plain..<position])
        }
        throw failure("the string is not closed", at: start - 1)
    }

    private mutating func parseEscape(into unescaped: inout [UInt8]) throws(JSONError) {
        guard position < bytes.count else { throw failure("the document ends inside an escape") }
        let escape = bytes[position]
        position += 1
        switch escape {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): unescaped.append(escape)
        case UInt8(ascii: "n"): unescaped.append(0x0A)
        case UInt8(ascii: "t"): unescaped.append(0x09)
        case UInt8(ascii: "r"): unescaped.append(0x0D)
        case UInt8(ascii: "b"): unescaped.append(0x08)
        case UInt8(ascii: "f"): unescaped.append(0x0C)
        case UInt8(ascii: "u"): unescaped.append(contentsOf: try parseUnicodeEscape().utf8)
        default: throw failure("unknown escape", at: position - 2)
        }
    }

    /// The scalar of `\uXXXX`, or of a pair of them that stands for one scalar beyond the basic plane.
    private mutating func parseUnicodeEscape() throws(JSONError) -> Unicode.Scalar {
        let start = position - 2
        let first = try parseHexUnit()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard UTF16.isLeadSurrogate(first), position + 1 < bytes.count,
            bytes[position] == UInt8(ascii: "\\"), bytes[position + 1] == UInt8(ascii: "u")
        else { throw failure("half of a surrogate pair", at: start) }
        position += 2
        let second = try parseHexUnit()
        let combined = 0x10000 &+ ((UInt32(first) &- 0xD800) << 10) &+ (UInt32(second) &- 0xDC00)
        guard UTF16.isTrailSurrogate(second), let scalar = Unicode.Scalar(combined) else {
            throw failure("half of a surrogate pair", at: start)
        }
        return scalar
    }

    private mutating func parseHexUnit() throws(JSONError) -> UInt16 {
        guard position + 4 <= bytes.count else { throw failure("expected four hexadecimal digits") }
        var unit: UInt16 = 0
        for byte in bytes[position..<position + 4] {
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            default: throw failure("expected four hexadecimal digits")
            }
            unit = unit << 4 | UInt16(digit)
        }
        position += 4
        return unit
    }

    private func text(of raw: UnsafeRawBufferPointer, startingAt start: Int) throws(JSONError) -> String {
        guard let text = String(validating: raw, as: UTF8.self) else { throw failure("the string is not valid UTF-8", at: start) }
        return text
    }
}

extension UnsafeRawBufferPointer {
    /// Position of the first quote, backslash or control character at or after `start`, or `count`.
    ///
    /// Looks at eight bytes at a time: prompts are long and mostly free of these.
    func firstStringDelimiter(from start: Int) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highBits: UInt64 = 0x8080_8080_8080_8080
        var position = start
        while position + 8 <= count {
            let word = UInt64(littleEndian: loadUnaligned(fromByteOffset: position, as: UInt64.self))
            let quote = word ^ (ones &* 0x22)
            let backslash = word ^ (ones &* 0x5C)
            // "Has a zero byte" and "has a byte below 0x20" of Bit Twiddling Hacks; the lowest bit set is always a true hit.
            let hits =
                ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash) | ((word &- (ones &* 0x20)) & ~word)
            let marked = hits & highBits
            if marked != 0 { return position + marked.trailingZeroBitCount / 8 }
            position += 8
        }
        while position < count {
            let byte = self[position]
            if byte == 0x22 || byte == 0x5C || byte < 0x20 { return position }
            position += 1
        }
        return count
    }
}
