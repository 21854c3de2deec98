/// Signs requests with all secrets of an endpoint as Standard Webhooks 1.0.0 says. Make it once for many requests: it holds the keys read.
package struct WebhookSigner: Sendable {
    private let keys: [(key: WebhookSigningKey, expiresAt: Timestamp?)]

    /// Without secrets, nothing is signed.
    package init(_ secrets: [WebhookSecret]) throws(InvalidWebhook) {
        var keys: [(key: WebhookSigningKey, expiresAt: Timestamp?)] = []
        for secret in secrets {
            keys.append((try WebhookSigningKey(secret.text.reveal()), secret.expiresAt))
        }
        self.keys = keys
    }

    /// The value of `webhook-signature`: one signature for each secret that has not expired, in the secrets' order. Nil when there is none.
    /// - Parameters:
    ///   - id: the value of `webhook-id`.
    ///   - time: when the attempt is made; `webhook-timestamp` has its whole seconds.
    ///   - body: exactly the bytes that are sent.
    package func signature(id: String, time: Timestamp, body: UnsafeRawBufferPointer) -> String? {
        let prefix = "\(id).\(time.secondsSinceEpoch)."
        let signatures = keys.lazy
            .filter { entry in entry.expiresAt.map { $0 > time } ?? true }
            .map { $0.key.signature(prefix: prefix, body: body) }
            .filter { !$0.isEmpty }
        return signatures.isEmpty ? nil : signatures.joined(separator: " ")
    }
}
