/// Base64 with the standard alphabet (RFC 4648, section 4).
package enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// With padding.
    package static func encode(_ bytes: some Sequence<UInt8>) -> String {
        var text: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        func digit(_ shift: Int) -> UInt8 { alphabet[Int(bits >> UInt32(shift) & 0x3F)] }
        for byte in bytes {
            bits = bits << 8 | UInt32(byte)
            count += 1
            guard count == 3 else { continue }
            text += [digit(18), digit(12), digit(6), digit(0)]
            (bits, count) = (0, 0)
        }
        bits <<= UInt32(8 * (3 - count))
        if count == 1 { text += [digit(18), digit(12)] + Array("==".utf8) }
        if count == 2 { text += [digit(18), digit(12), digit(6)] + Array("=".utf8) }
        return String(decoding: text, as: UTF8.self)
    }

    /// Nil for anything but Base64. Padding may be missing as a whole: many generators of keys leave it out.
    package static func decode(_ text: some StringProtocol) -> [UInt8]? {
        let padded = Array(text.utf8)
        let digits = padded.prefix { $0 != UInt8(ascii: "=") }
        let padding = padded.count - digits.count
        guard digits.count % 4 != 1, padding == 0 || padding == (4 - digits.count % 4) % 4,
            padded.dropFirst(digits.count).allSatisfy({ $0 == UInt8(ascii: "=") })
        else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count * 3 / 4)
        var bits: UInt32 = 0
        var count = 0
        for digit in digits {
            guard let value = value(of: digit) else { return nil }
            bits = bits << 6 | value
            count += 6
            guard count >= 8 else { continue }
            count -= 8
            bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
        }
        // Bits that no byte takes are zero, or two texts would stand for the same bytes.
        return bits & (1 << UInt32(count) - 1) == 0 ? bytes : nil
    }

    private static func value(of digit: UInt8) -> UInt32? {
        switch digit {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(digit - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(digit - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(digit - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
