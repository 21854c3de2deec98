import MoltBotCore

/// The base URL of a provider, to which paths are added.
struct ProviderURL: Equatable {
    private let root: String
    /// Whether there is a path behind the host.
    let hasPath: Bool

    /// - Parameter text: With or without a trailing slash.
    /// - Throws: ``ModelError/Kind/invalidRequest`` when it is no http or https URL, or has a query.
    init(_ text: String) throws(ModelError) {
        var base = text[...]
        while base.hasSuffix("/") { base.removeLast() }
        let scheme = ["https://", "http://"].first { text.lowercased().hasPrefix($0) }
        guard let scheme, base.utf8.count > scheme.utf8.count, !base.contains(where: { $0 == "?" || $0 == "#" || $0.isWhitespace }) else {
            throw ModelError(
                .invalidRequest,
                message: "The provider's base URL must be an http or https URL without query, such as https://api.openai.com/v1")
        }
        root = String(base)
        hasPath = base.dropFirst(scheme.count).contains("/")
    }

    /// - Parameter path: Begins with a slash and is already encoded.
    func appending(_ path: String) -> String { root + path }

    /// The base itself when it has a path, because services have theirs in various places (`/openai/v1`, `/v1beta/openai`); a bare host gets
    /// the usual one.
    func withPath(orElse path: String) -> String { hasPath ? root : root + path }

    /// A model's name as one segment of a path (RFC 3986, 3.3).
    ///
    /// - Throws: ``ModelError/Kind/notFound`` for names that would leave their place in the path: the name comes from a task.
    static func segment(_ model: String) throws(ModelError) -> String {
        guard !model.isEmpty, model != ".", model != ".." else {
            throw ModelError(.notFound, message: "\"\(model)\" is no name of a model")
        }
        var segment = ""
        for byte in model.utf8 {
            let isLetter = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) && byte < 0x80
            if isLetter || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "-._~".utf8.contains(byte) {
                segment.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                segment += digits.utf8.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return segment
    }
}
