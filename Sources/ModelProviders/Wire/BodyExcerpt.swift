import MoltBotCore

/// The beginning of a body for an error message: one line, printable, short, without the key.
struct BodyExcerpt: CustomStringConvertible {
    /// In bytes, before redaction.
    static let limit = 200

    let description: String

    init(_ bytes: some Collection<UInt8>, hiding secret: SecretString?) {
        guard !bytes.isEmpty else {
            description = "an empty body"
            return
        }
        // Redacted before it is cut, or a cut through the key would show the key's beginning.
        let whole = String(decoding: bytes.prefix(Self.limit * 10), as: UTF8.self)
        let redacted = secret?.redacted(from: whole) ?? whole
        let text = String(decoding: redacted.utf8.prefix(Self.limit), as: UTF8.self)
        let printable = String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : $0 }))
        description = "\"\(printable)\(bytes.count > Self.limit ? "…" : "")\""
    }
}
