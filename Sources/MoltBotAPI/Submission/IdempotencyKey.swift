internal import Crypto
internal import HTTPTypes
internal import Hummingbird
internal import MoltBotCore
internal import MoltBotMessaging

/// What a client names a request by, so that sending it twice does it once (draft-ietf-httpapi-idempotency-key-header-07).
struct IdempotencyKey: Equatable {
    static let maximumLength = 255

    let text: String

    init?(_ text: String) {
        guard (1...Self.maximumLength).contains(text.utf8.count), text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else { return nil }
        self.text = text
    }

    /// Reads the header: a structured string, or the bare text as Stripe's clients send it.
    /// - Throws: 400 for one that is neither.
    init?(_ headers: HTTPFields) throws(Problem) {
        guard let field = headers[.idempotencyKey] else { return nil }
        guard let key = IdempotencyKey(Self.unquoted(field)) else {
            throw .invalid(
                "invalid-idempotency-key", "The Idempotency-Key header is wrong",
                fields: [
                    FieldProblem(
                        path: "Idempotency-Key", message: "expected one text of 1 to \(Self.maximumLength) visible ASCII characters")
                ])
        }
        self = key
    }

    /// The same key of the same workspace names the same task, on every node and for ever: a version 8 UUID (RFC 9562, 5.8) out of
    /// both. Whoever stores tasks by their id needs no table of keys.
    func taskID(in workspace: Workspace) -> TaskID? {
        var bytes = Array(digest(of: "task", in: workspace).prefix(16))
        bytes[6] = bytes[6] & 0x0F | 0x80
        bytes[8] = bytes[8] & 0x3F | 0x80
        let digits = bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
        var groups: [Substring] = []
        var rest = Substring(digits)
        for length in [8, 4, 4, 4, 12] {
            groups.append(rest.prefix(length))
            rest = rest.dropFirst(length)
        }
        return TaskID(groups.joined(separator: "-"))
    }

    /// The same key with the same payload names the same webhook endpoint of the workspace. Another payload names another one, which is
    /// registered beside it.
    func endpointID(in workspace: Workspace, for document: JSONValue) -> String {
        WebhookEndpoint.id(from: digest(of: "webhook", in: workspace, document.canonicalBytes))
    }

    private func digest(of kind: String, in workspace: Workspace, _ payload: [UInt8] = []) -> [UInt8] {
        var hash = SHA256()
        hash.update(data: Array("moltbot \(kind)\n\(workspace.name)\n".utf8))
        hash.update(data: Array(text.utf8))
        if !payload.isEmpty { hash.update(data: [0x0A] + payload) }
        return Array(hash.finalize())
    }

    /// A string of RFC 8941, 3.3.3: in quotes, with `\"` and `\\`.
    private static func unquoted(_ field: String) -> String {
        guard field.count >= 2, field.hasPrefix("\""), field.hasSuffix("\"") else { return field }
        return String(field.dropFirst().dropLast()).replacing("\\\"", with: "\"").replacing("\\\\", with: "\\")
    }
}
