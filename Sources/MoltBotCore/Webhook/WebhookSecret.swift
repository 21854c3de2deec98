/// A signing secret of an endpoint in its text form, `whsec_…` (HMAC-SHA256) or `whsk_…` (Ed25519).
package struct WebhookSecret: Sendable, Equatable {
    package var text: SecretString
    /// When a rotated secret no longer signs; nil for the current one.
    package var expiresAt: Timestamp?

    package init(_ text: SecretString, expiresAt: Timestamp? = nil) {
        self.text = text
        self.expiresAt = expiresAt
    }
}
