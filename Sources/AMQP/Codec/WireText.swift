/// Text as it is on the wire: bytes, which AMQP 0-9-1 calls UTF-8 and RabbitMQ does not check.
///
/// A correlation id may be the 16 bytes of a UUID, and must come back as it was. So a byte that is no UTF-8 becomes a scalar of its own
/// in a `String`, U+10FF00 plus the byte, and that byte again when the text is sent. These 128 scalars end the last private plane; where
/// a text has one of them in UTF-8, its bytes are kept in the same way, so that each text has one reading and each reading one text.
enum WireText {
    /// Above any byte of ASCII, which is never escaped.
    private static let escapes: ClosedRange<UInt32> = 0x10FF80...0x10FFFF
    private static let escapeBase: UInt32 = 0x10FF00
    /// Begins the UTF-8 of all scalars from U+100000, and so of every escape.
    private static let firstByteOfEscape: UInt8 = 0xF4

    static func string(_ bytes: UnsafeRawBufferPointer) -> String {
        if !bytes.contains(firstByteOfEscape), let text = String(validating: bytes, as: UTF8.self) { return text }
        var scalars = String.UnicodeScalarView()
        var parser = Unicode.UTF8.ForwardParser()
        var iterator = bytes.makeIterator()
        var offset = 0
        while true {
            switch parser.parseScalar(from: &iterator) {
            case .emptyInput: return String(scalars)
            case .error(let length):
                escape(bytes[offset..<offset + length], in: &scalars)
                offset += length
            case .valid(let encoded):
                let scalar = Unicode.UTF8.decode(encoded)
                if escapes.contains(scalar.value) {
                    escape(bytes[offset..<offset + encoded.count], in: &scalars)
                } else {
                    scalars.append(scalar)
                }
                offset += encoded.count
            }
        }
    }

    /// Lends the bytes that stand for `text`.
    static func withBytes<Result>(_ text: String, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        var text = text
        let result: Result? = text.withUTF8 { utf8 in
            utf8.contains(firstByteOfEscape) ? nil : body(UnsafeRawBufferPointer(utf8))
        }
        return result ?? unescaped(text).withUnsafeBytes(body)
    }

    private static func escape(_ bytes: Slice<UnsafeRawBufferPointer>, in scalars: inout String.UnicodeScalarView) {
        for byte in bytes {
            if let scalar = Unicode.Scalar(escapeBase + UInt32(byte)) { scalars.append(scalar) }
        }
    }

    private static func unescaped(_ text: String) -> [UInt8] {
        text.unicodeScalars.flatMap { scalar in
            escapes.contains(scalar.value) ? [UInt8(truncatingIfNeeded: scalar.value)] : Array(String(scalar).utf8)
        }
    }
}
