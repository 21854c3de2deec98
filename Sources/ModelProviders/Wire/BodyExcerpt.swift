/// The beginning of a body for an error message: one line, printable, short.
struct BodyExcerpt: CustomStringConvertible {
    static let limit = 200

    let description: String

    init(_ bytes: some Collection<UInt8>) {
        guard !bytes.isEmpty else {
            description = "an empty body"
            return
        }
        let text = String(decoding: bytes.prefix(Self.limit), as: UTF8.self)
        let printable = String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : $0 }))
        description = "\"\(printable)\(bytes.count > Self.limit ? "…" : "")\""
    }
}
