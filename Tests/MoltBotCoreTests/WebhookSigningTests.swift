import MoltBotCore
import Testing

@Suite("Webhook signatures")
struct WebhookSigningTests {
    private let id = "msg_p5jXN8AQM9LWM0D4loKWxJek"
    private let time = Timestamp(millisecondsSinceEpoch: 1_614_265_330_999)
    private let body = Array(#"{"test": 2432232314}"#.utf8)
    private let shared = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    private let full = "whsk_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8DoQe/884Qvh1w3RjnS8CZZ+TWMJulDV8d3IZkElUxuA=="
    private let seed = "whsk_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    private let v1 = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    private let v1a = "v1a,yoUrgEkc12aGqm0n4Sydmdz55xJfTz4AsAgieHFjmkR7LJtqVCZOQYzvvHjI5kAey+r4iaBGxTFRrl2iBQxtDQ=="

    private func signature(_ secrets: WebhookSecret...) throws -> String? {
        let signer = try WebhookSigner(secrets)
        return body.withUnsafeBytes { signer.signature(id: id, time: time, body: $0) }
    }

    /// The vector of Standard Webhooks' own libraries.
    @Test("HMAC, with and without the prefix")
    func hmac() throws {
        #expect(try signature(WebhookSecret(parsing: shared)) == v1)
        #expect(try signature(WebhookSecret(parsing: "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")) == v1)
    }

    /// Svix's vector.
    @Test("Ed25519, from the whole key and from the seed alone")
    func ed25519() throws {
        #expect(try signature(WebhookSecret(parsing: full)) == v1a)
        let secret = try WebhookSecret(parsing: seed)
        #expect(try signature(secret) == v1a)
        #expect(secret.text.reveal() == full)
        #expect(secret.kind == .ed25519)
        #expect(secret.publicKey == "whpk_A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=")
    }

    @Test("During a rotation every secret signs until it expires, the current one first")
    func rotation() throws {
        let current = try WebhookSecret(parsing: full)
        let old = try WebhookSecret(parsing: shared, expiresAt: time + .milliseconds(1))
        let older = try WebhookSecret(parsing: shared, expiresAt: time)
        #expect(try signature(current, old, older) == "\(v1a) \(v1)")
        #expect(try signature(older) == nil)
        #expect(try signature() == nil)
    }

    @Test("Generated secrets differ, and read back as they are", arguments: WebhookSecret.Kind.allCases)
    func generated(kind: WebhookSecret.Kind) throws {
        let secret = WebhookSecret.generate(kind)
        #expect(secret.kind == kind)
        #expect(try WebhookSecret(parsing: secret.text.reveal()) == secret)
        #expect(WebhookSecret.generate(kind).fingerprint != secret.fingerprint)
        #expect(secret.fingerprint.utf8.count == 12)
        #expect((secret.publicKey == nil) == (kind == .hmac))
    }

    @Test(
        "Refuses what is no key, and does not quote it",
        arguments: [
            "", "whsec_", "whsec_c2hvcnQ=", "hunter2hunter2", "whsec_!!!!9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsk_AAEC",
            "whsec_" + String(repeating: "A", count: 104), "whpk_A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=",
            "whsk_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8AAAAA884Qvh1w3RjnS8CZZ+TWMJulDV8d3IZkElUxuA==",
        ])
    func refused(text: String) throws {
        let error = try #require(throws: InvalidWebhook.self) { try WebhookSecret(parsing: text) }
        #expect(error.problem.path == "secret")
        #expect(text.isEmpty || text == "whsec_" || !"\(error)".contains(text))
    }

    /// RFC 4648, section 10.
    @Test(
        "Base64",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
        ])
    func base64(text: String, encoded: String) {
        #expect(Base64.encode(text.utf8) == encoded)
        #expect(Base64.decode(encoded) == Array(text.utf8))
        #expect(Base64.decode(encoded.filter { $0 != "=" }) == Array(text.utf8))
    }

    @Test("What is no Base64", arguments: ["Z", "Zg=", "Zg===", "Zh==", "Zm9v=", "Zm 9v", "Zm9v\n", "Z===", "====", "_-8="])
    func notBase64(text: String) {
        #expect(Base64.decode(text) == nil)
    }
}
