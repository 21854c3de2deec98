/// The headers an endpoint's owner adds to its requests.
package enum WebhookHeaders {
    private static let maximumCount = 32
    private static let maximumBytes = 8192

    /// What the relay or HTTP itself says; `webhook-*` and `ce-*` are reserved besides.
    private static let reserved: Set<String> = [
        "connection", "content-encoding", "content-length", "content-type", "date", "expect", "host", "http2-settings", "keep-alive",
        "proxy-authorization", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "user-agent",
    ]

    package static func isReserved(_ name: String) -> Bool {
        let name = name.lowercased()
        return reserved.contains(name) || name.hasPrefix("webhook-") || name.hasPrefix("ce-")
    }

    /// - Parameter field: what errors call the headers. Values are secrets and not quoted.
    package static func check(_ headers: [String: SecretString], field: String = "headers") throws(InvalidWebhook) {
        guard headers.count <= maximumCount else { throw InvalidWebhook(field, "more than \(maximumCount) headers") }
        guard headers.reduce(0, { $0 + $1.key.utf8.count + $1.value.reveal().utf8.count }) <= maximumBytes else {
            throw InvalidWebhook(field, "the headers are longer than \(maximumBytes) bytes in all")
        }
        for (name, value) in headers {
            guard !name.isEmpty, name.utf8.allSatisfy(isTokenByte) else {
                throw InvalidWebhook(field, "\(name.debugDescription) is not a header name")
            }
            guard !isReserved(name) else {
                throw InvalidWebhook("\(field).\(name)", "the relay sets this header itself: leave it out")
            }
            guard value.reveal().utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
                throw InvalidWebhook("\(field).\(name)", "the value has a line break or another control character")
            }
        }
    }

    /// RFC 9110, 5.6.2.
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        (0x21...0x7E).contains(byte) && !"\"(),/:;<=>?@[\\]{}".utf8.contains(byte)
    }
}
