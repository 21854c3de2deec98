import Foundation
import JWTKit
import MoltBotAPI
import MoltBotCore
import NIOHTTP1
import TestSupport
import Testing

@Suite("Tokens of an identity provider")
struct TokenTests {
    @Test("open their own workspace and nothing else, and only when every claim is right")
    func claims() async throws {
        let provider = try await IdentityProvider()
        let stranger = try await IdentityProvider()
        try await withTokenAPI(provider.keySet) { host, status in
            let good = try await provider.token()
            #expect(try await status("POST", "/tasks", good) == 202)
            #expect(try await host.take("moltbot.tasks.acme") != nil)
            #expect(try await status("GET", "/tasks?workspace=default", good) == 403)
            let narrow = try await provider.token(scope: "openid submit profile")
            #expect(try await status("GET", "/tasks", narrow) == 403)
            for bad in [
                try await stranger.token(), try await provider.token(workspace: nil), try await provider.token(workspace: "No!"),
                try await provider.token(audience: "another-service"), try await provider.token(audience: nil),
                try await provider.token(issuer: "https://evil.example"), try await provider.token(secondsLeft: -60),
                IdentityProvider.unsigned(good), String(good.dropLast(4)), "not.a.token",
            ] { #expect(try await status("GET", "/tasks", bad) == 401) }
            let powerless = try await provider.token(scope: nil)
            #expect(try await status("GET", "/tasks", powerless) == 403)
        }
    }

    @Test("are checked with the provider's present keys; keys that can't be read change nothing")
    func rotation() async throws {
        let (old, new) = (try await IdentityProvider(), try await IdentityProvider())
        let published = Recorder<String>()
        published.record(old.keySet)
        let verifier = TokenVerifier(issuer: nil, audience: nil) { published.elements.last ?? "" }
        try await verifier.renew()
        try await withAPI(workspaces: ["acme"], tokens: verifier) { host in
            let tokens = (old: try await old.token(), new: try await new.token())
            func status(_ token: String) async throws -> Int {
                try await host.http.send("GET", "/tasks", headers: ["Authorization": "Bearer \(token)"]).status
            }
            #expect(try await status(tokens.old) == 200)
            #expect(try await status(tokens.new) == 401)
            for unusable in ["{", #"{"keys": []}"#, #"{"keys": [{"kty": "oct", "k": "c2VjcmV0", "kid": "k1"}]}"#] {
                published.record(unusable)
                await #expect(throws: APIError.self) { try await verifier.renew() }
            }
            #expect(try await status(tokens.old) == 200)
            published.record(new.keySet)
            try await verifier.renew()
            #expect(try await status(tokens.old) == 401)
            #expect(try await status(tokens.new) == 200)
        }
    }

    @Test("are checked although the provider publishes keys for other purposes and of unknown kinds")
    func mixedKeySet() async throws {
        let provider = try await IdentityProvider()
        let others = [
            #"{"kty": "RSA", "use": "enc", "alg": "RSA-OAEP-256", "kid": "e1", "n": "AQAB", "e": "AQAB"}"#,
            #"{"kty": "EC", "crv": "secp256k1", "kid": "e2", "x": "AA", "y": "AA"}"#, #"{"kty": "AKP", "alg": "ML-DSA-44", "kid": "e3"}"#,
            #"{"kty": "OKP", "crv": "X25519", "x": "AA"}"#, "7",
        ]
        try await withTokenAPI(#"{"keys": [\#((others + [provider.key]).joined(separator: ", "))]}"#) { _, status in
            let token = try await provider.token()
            #expect(try await status("GET", "/tasks", token) == 200)
        }
    }

    @Test("go on to be taken after somebody named another algorithm for a key that names none")
    func borrowedKey() async throws {
        let signer = ES256PrivateKey()
        let parameters = try #require(signer.publicKey.parameters)
        let point = (parameters.x, parameters.y)
        let keys = JWTKeyCollection()
        await keys.add(ecdsa: signer, kid: "k1")
        let good = try await keys.sign(
            TokenContent(aud: "moltbot", exp: .init(value: .init(timeIntervalSinceNow: 600)), workspace: "acme", scope: "read"), kid: "k1")
        let keySet = #"{"keys": [{"kty": "EC", "crv": "P-256", "kid": "k1", "x": "\#(point.0.base64URL)", "y": "\#(point.1.base64URL)"}]}"#
        try await withTokenAPI(keySet) { _, status in
            for algorithm in ["ES384", "RS256", "EdDSA", "HS256", "none"] {
                let head = Data(#"{"alg":"\#(algorithm)","kid":"k1"}"#.utf8).base64EncodedString().base64URL
                let forged = head + "." + good.split(separator: ".").dropFirst().joined(separator: ".")
                let answer = try await status("GET", "/tasks", forged)
                #expect(answer == 401, "\(algorithm)")
            }
            let answer = try await status("GET", "/tasks", good)
            #expect(answer == 200)
        }
    }

    /// Runs `body` with a server that takes tokens, and with the status of its answer to a request with one.
    private func withTokenAPI(
        _ keySet: String, _ body: @escaping @Sendable (Host, @Sendable (String, String, String) async throws -> Int) async throws -> Void
    ) async throws {
        let verifier = TokenVerifier(issuer: "https://id.example.org", audience: "moltbot") { keySet }
        try await verifier.renew()
        try await withAPI(workspaces: ["acme"], tokens: verifier) { host in
            try await body(host) { method, path, token in
                let json = method == "POST" ? #"{"prompt": "x"}"# : nil
                return try await host.http.send(method, path, headers: ["Authorization": "Bearer \(token)"], json: json).status
            }
        }
    }
}
