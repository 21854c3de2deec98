internal import Crypto

extension WebhookSecret {
    package enum Kind: String, Sendable, CaseIterable {
        /// HMAC-SHA256 with a key that both sides know; what most receivers' libraries verify.
        case hmac
        /// Receivers know only the public key.
        case ed25519
    }

    /// Takes over a secret that somebody brings along, in its full form.
    package init(parsing text: String, expiresAt: Timestamp? = nil) throws(InvalidWebhook) {
        self.init(SecretString(try WebhookSigningKey(text).text), expiresAt: expiresAt)
    }

    /// A new one of 32 random bytes.
    package static func generate(_ kind: Kind = .hmac) -> WebhookSecret {
        let key: WebhookSigningKey =
            switch kind {
            case .hmac: .hmac(SymmetricKey(size: .bits256))
            case .ed25519: .ed25519(Curve25519.Signing.PrivateKey())
            }
        return WebhookSecret(SecretString(key.text))
    }

    package var kind: Kind {
        text.reveal().hasPrefix(WebhookSigningKey.ed25519Prefix) ? .ed25519 : .hmac
    }

    /// What a receiver verifies Ed25519 signatures with, `whpk_…`; nil for HMAC, where nothing is public.
    package var publicKey: String? {
        guard case .ed25519(let key)? = try? WebhookSigningKey(text.reveal()) else { return nil }
        return WebhookSigningKey.publicPrefix + Base64.encode(key.publicKey.rawRepresentation)
    }

    /// Tells secrets apart in listings without giving anything away: the first 12 hexadecimal digits of the text's SHA-256.
    package var fingerprint: String {
        let digits = Array("0123456789abcdef")
        return SHA256.hash(data: Array(text.reveal().utf8)).prefix(6).reduce(into: "") { hexadecimal, byte in
            hexadecimal.append(digits[Int(byte >> 4)])
            hexadecimal.append(digits[Int(byte & 0xF)])
        }
    }
}
