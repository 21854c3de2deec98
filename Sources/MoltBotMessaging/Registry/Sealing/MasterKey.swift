internal import Crypto
package import MoltBotCore

/// The key under which the registry's secrets are sealed: 32 random bytes that every node has and the broker never sees.
package struct MasterKey: Sendable {
    static let byteCount = 32

    /// Names the key without telling anything about it: 8 hexadecimal digits.
    package let id: String
    let symmetric: SymmetricKey

    /// A new one.
    package init() {
        self.init(SymmetricKey(size: .bits256))
    }

    private init(_ symmetric: SymmetricKey) {
        self.symmetric = symmetric
        let name = HMAC<SHA256>.authenticationCode(for: Array("moltbot master key id".utf8), using: symmetric)
        id = Array(name).prefix(4).map(\.hexadecimal).joined()
    }

    /// Reads base64, or 64 hexadecimal digits.
    /// - Throws: ``RegistryError`` of code `invalidKey`.
    package init(_ text: SecretString) throws(RegistryError) {
        let revealed = text.reveal()
        guard let bytes = Self.hexadecimalBytes(revealed) ?? Base64.decode(revealed), bytes.count == Self.byteCount
        else {
            throw RegistryError(
                .invalidKey, "a master key is 32 bytes as base64 or 64 hexadecimal digits; make one with `openssl rand -base64 32`")
        }
        self.init(SymmetricKey(data: bytes))
    }

    /// The key as base64.
    var text: SecretString {
        SecretString(symmetric.withUnsafeBytes { Base64.encode($0) })
    }

    private static func hexadecimalBytes(_ text: String) -> [UInt8]? {
        let digits = text.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
        guard digits.count == byteCount * 2, text.utf8.count == digits.count else { return nil }
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}

extension UInt8 {
    /// Two digits.
    var hexadecimal: String { (self < 16 ? "0" : "") + String(self, radix: 16) }
}
