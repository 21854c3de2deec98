import Foundation
import JWTKit
import MoltBotAPI
import MoltBotCore
import NIOHTTP1
import TestSupport
import Testing

@Suite("Tokens of an identity provider")
struct TokenTests {
    /// Signs tokens; two of them may call their keys the same.
    private struct Provider: Sendable {
        let keySet: String
        private let keys = JWTKeyCollection()

        init() async throws {
            let key = try EdDSA.PrivateKey(curve: .ed25519)
            await keys.add(eddsa: key, kid: "k1")
            let x = key.publicKey.rawRepresentation.base64EncodedString()
                .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
            keySet = #"{"keys": [{"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": "k1", "x": "\#(x)"}]}"#
        }

        func token(workspace: String? = "acme", audience: String? = "moltbot", scope: String? = "admin") async throws -> String {
            try await keys.sign(
                Claims(
                    aud: audience.map { .init(value: $0) }, exp: .init(value: .init(timeIntervalSinceNow: 600)), workspace: workspace,
                    scope: scope), kid: "k1")
        }
    }

    private struct Claims: JWTPayload {
        var iss: IssuerClaim = "https://id.example.org"
        var aud: AudienceClaim?
        var exp: ExpirationClaim
        var workspace: String?
        var scope: String?

        func verify(using algorithm: some JWTAlgorithm) throws {}
    }

    @Test("open their own workspace and nothing else, and only when every claim is right")
    func claims() async throws {
        let provider = try await Provider()
        let stranger = try await Provider()
        let verifier = try await TokenVerifier(keySet: provider.keySet, issuer: "https://id.example.org", audience: "moltbot")
        try await withAPI(workspaces: ["acme"], tokens: verifier) { host in
            func status(_ method: String, _ path: String, _ token: String, json: String? = nil) async throws -> Int {
                try await host.http.send(method, path, headers: ["Authorization": "Bearer \(token)"], json: json).status
            }
            let good = try await provider.token()
            #expect(try await status("POST", "/tasks", good, json: #"{"prompt": "x"}"#) == 202)
            #expect(try await host.take("moltbot.tasks.acme") != nil)
            #expect(try await status("GET", "/tasks?workspace=default", good) == 403)
            let narrow = try await provider.token(scope: "openid submit profile")
            #expect(try await status("GET", "/tasks", narrow) == 403)
            for bad in [
                try await stranger.token(), try await provider.token(workspace: nil), try await provider.token(workspace: "No!"),
                try await provider.token(audience: "another-service"), try await provider.token(audience: nil),
                Self.unsigned(good), String(good.dropLast(4)), "not.a.token",
            ] { #expect(try await status("GET", "/tasks", bad) == 401) }
            let powerless = try await provider.token(scope: nil)
            #expect(try await status("GET", "/tasks", powerless) == 403)
        }
    }

    @Test("are checked with the provider's present keys; keys that can't be read change nothing")
    func rotation() async throws {
        let (old, new) = (try await Provider(), try await Provider())
        let verifier = try await TokenVerifier(keySet: old.keySet, issuer: nil, audience: nil)
        try await withAPI(workspaces: ["acme"], tokens: verifier) { host in
            let tokens = (old: try await old.token(), new: try await new.token())
            func status(_ token: String) async throws -> Int {
                try await host.http.send("GET", "/tasks", headers: ["Authorization": "Bearer \(token)"]).status
            }
            #expect(try await status(tokens.old) == 200)
            #expect(try await status(tokens.new) == 401)
            await #expect(throws: APIError.self) { try await verifier.replaceKeys("{") }
            #expect(try await status(tokens.old) == 200)
            try await verifier.replaceKeys(new.keySet)
            #expect(try await status(tokens.old) == 401)
            #expect(try await status(tokens.new) == 200)
        }
    }

    /// The same claims under `"alg": "none"` (RFC 8725, 2.1).
    private static func unsigned(_ token: String) -> String {
        let head = Data(#"{"alg":"none","typ":"JWT"}"#.utf8).base64EncodedString().replacing("=", with: "")
        return head + "." + token.split(separator: ".")[1] + "."
    }
}
