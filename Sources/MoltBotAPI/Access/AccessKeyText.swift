internal import Crypto
internal import MoltBotCore

/// An access key in the form that clients send: `mb_`, 8 digits that name it, and 64 digits of secret, all hexadecimal.
struct AccessKeyText {
    static let prefix = "mb_"
    private static let idLength = 8
    private static let secretLength = 64

    let id: String
    let secret: SecretString

    /// A new one with 256 random bits.
    init() {
        var generator = SystemRandomNumberGenerator()
        func digits(_ count: Int) -> String {
            Hexadecimal.text(of: (0..<count / 2).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
        }
        id = digits(Self.idLength)
        secret = SecretString(Self.prefix + id + digits(Self.secretLength))
    }

    /// Nil for a text that is no key at all.
    init?(_ text: String) {
        let digits = text.utf8.dropFirst(Self.prefix.utf8.count)
        guard text.hasPrefix(Self.prefix), digits.count == Self.idLength + Self.secretLength,
            Hexadecimal.bytes(of: String(Substring(digits))) != nil
        else { return nil }
        id = String(Substring(digits.prefix(Self.idLength)))
        secret = SecretString(text)
    }

    var digest: [UInt8] { Array(SHA256.hash(data: Array(secret.reveal().utf8))) }
}

/// Bytes as pairs of lower-case digits.
enum Hexadecimal {
    static func text(of bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    static func bytes(of text: String) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = digit(digits[index]), let low = digit(digits[index + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
