internal import Crypto

/// The key a secret's text stands for, in the forms of Standard Webhooks 1.0.0.
enum WebhookSigningKey: Sendable {
    case hmac(SymmetricKey)
    case ed25519(Curve25519.Signing.PrivateKey)

    static let hmacPrefix = "whsec_"
    static let ed25519Prefix = "whsk_"
    static let publicPrefix = "whpk_"

    /// The specification says 24 to 64 bytes; Svix takes up to 100 digits.
    private static let hmacBytes = 24...75

    /// Reads `whsec_…`, the same without its prefix as Svix writes it, and `whsk_…` with 64 bytes (seed, then public key) or the seed alone.
    init(_ text: String) throws(InvalidWebhook) {
        if text.hasPrefix(Self.publicPrefix) {
            throw InvalidWebhook("secret", "this is a public key, which receivers verify with; signing needs the private one, whsk_...")
        }
        if text.hasPrefix(Self.ed25519Prefix) {
            self = .ed25519(try Self.privateKey(text.dropFirst(Self.ed25519Prefix.count)))
            return
        }
        let digits = text.hasPrefix(Self.hmacPrefix) ? text.dropFirst(Self.hmacPrefix.count) : text[...]
        guard let bytes = Base64.decode(digits), Self.hmacBytes.contains(bytes.count) else {
            throw InvalidWebhook(
                "secret", "expected whsec_ and 24 to 75 bytes in Base64, or whsk_ and an Ed25519 key; leave it out to have one generated")
        }
        self = .hmac(SymmetricKey(data: bytes))
    }

    private static func privateKey(_ digits: Substring) throws(InvalidWebhook) -> Curve25519.Signing.PrivateKey {
        guard let bytes = Base64.decode(digits), bytes.count == 32 || bytes.count == 64,
            let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: bytes.prefix(32))
        else { throw InvalidWebhook("secret", "expected whsk_ and the 32 or 64 bytes of an Ed25519 key in Base64") }
        guard bytes.count == 32 || key.publicKey.rawRepresentation.elementsEqual(bytes.dropFirst(32)) else {
            throw InvalidWebhook("secret", "the public half of this whsk_ key does not belong to its private half; copy the key again")
        }
        return key
    }

    /// The text in its full form, which is the one to store and to show.
    var text: String {
        switch self {
        case .hmac(let key):
            Self.hmacPrefix + key.withUnsafeBytes { Base64.encode($0) }
        case .ed25519(let key):
            Self.ed25519Prefix + Base64.encode(Array(key.rawRepresentation) + Array(key.publicKey.rawRepresentation))
        }
    }

    /// `v1,…` or `v1a,…` of `<id>.<timestamp>.<body>`.
    func signature(prefix: String, body: UnsafeRawBufferPointer) -> String {
        switch self {
        case .hmac(let key):
            var code = HMAC<SHA256>(key: key)
            code.update(data: Array(prefix.utf8))
            code.update(data: body)
            return "v1," + Base64.encode(code.finalize())
        case .ed25519(let key):
            // Signing fails for want of memory only; a receiver refuses a request without a signature, and it is sent again.
            guard let signature = try? key.signature(for: Array(prefix.utf8) + body) else { return "" }
            return "v1a," + Base64.encode(signature)
        }
    }
}
