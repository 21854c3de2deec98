import AMQP
import Foundation
import JWTKit
import MoltBotAPI
import MoltBotCore
import MoltBotMessaging
import NIOHTTP1
import TestSupport
import Testing

@Suite("Access to the API")
struct AccessTests {
    @Test("needs a key from the first key on, and ends with its revocation")
    func keys() async throws {
        try await withAPI { host in
            @Sendable func submit(_ headers: HTTPHeaders = [:]) async throws -> LoopbackHTTP.Response {
                try await host.http.send("POST", "/tasks", headers: headers, json: #"{"prompt": "x"}"#)
            }
            #expect(try await submit().status == 202)
            let keys = AccessKeys(host.session)
            let (stored, key) = try await keys.create(name: "ci", workspace: .default, scopes: [.submit])
            try await host.repeating(until: "the key counts") { try await submit().status == 401 }

            let refused = try await submit()
            #expect(refused.headers["www-authenticate"] == ["Bearer realm=\"moltbot\""])
            #expect(try refused.json()["code"] == "unauthorized")
            #expect(try await submit(["Authorization": "Bearer \(key.reveal())"]).status == 202)
            #expect(try await submit(["X-API-Key": key.reveal()]).status == 202)
            let other = AccessKey.make(name: "other", workspace: .default, scopes: [.admin]).key
            #expect(try await submit(["X-API-Key": other.reveal()]).status == 401)
            #expect(try await host.http.send("GET", "/health").status == 200)

            _ = try await keys.revoke([stored.prefix])
            try await host.repeating(until: "the revocation counts") { try await submit(["X-API-Key": key.reveal()]).status == 401 }
        }
    }

    @Test("puts tasks into the key's workspace, and refuses what the key is not for")
    func workspaces() async throws {
        try await withAPI(workspaces: ["acme"]) { host in
            let acme = try #require(Workspace("acme"))
            let (_, submit) = try await AccessKeys(host.session).create(name: "a", workspace: acme, scopes: [.submit])
            let (_, read) = try await AccessKeys(host.session).create(name: "b", workspace: acme, scopes: [.read])
            try await host.repeating(until: "the keys count") {
                try await host.http.send("POST", "/tasks", headers: ["X-API-Key": read.reveal()], json: #"{"prompt": "x"}"#).status == 403
            }
            let taken = try await host.http.send("POST", "/tasks", headers: ["X-API-Key": submit.reveal()], json: #"{"prompt": "x"}"#)
            #expect(taken.status == 202)
            #expect(try await host.take("moltbot.tasks.acme")?.routingKey == "acme.normal")
        }
    }

    @Test("listens to others once there is a key")
    func otherAddress() async throws {
        try await TestBroker.withVirtualHost { virtualHost in
            try await withAPI(on: virtualHost) { host in
                _ = try await AccessKeys(host.session).create(name: "ci", workspace: .default, scopes: [.admin])
            }
            var configuration = APIConfiguration()
            configuration.host = "0.0.0.0"
            try await withAPI(on: virtualHost, configuration) { host in
                let answer = try await host.http.send("POST", "/tasks", json: #"{"prompt": "x"}"#)
                #expect(answer.status == 401)
            }
        }
    }

    @Test("takes tokens of an identity provider")
    func tokens() async throws {
        let key = try EdDSA.PrivateKey(curve: .ed25519)
        let provider = JWTKeyCollection()
        await provider.add(eddsa: key, kid: "k1")
        let x = key.publicKey.rawRepresentation.base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
        let keySet = #"{"keys": [{"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": "k1", "x": "\#(x)"}]}"#
        let tokens = try await TokenVerifier(keySet: keySet, issuer: "https://id.example.org", audience: "moltbot")
        @Sendable func token(issuer: String = "https://id.example.org", scope: String = "submit", expires: Double = 60) async throws
            -> String
        {
            try await provider.sign(
                TestClaims(
                    iss: .init(value: issuer), aud: .init(value: "moltbot"), exp: .init(value: .init(timeIntervalSinceNow: expires)),
                    workspace: "default", scope: scope), kid: "k1")
        }
        try await withAPI(tokens: tokens) { host in
            func status(_ token: String) async throws -> Int {
                let headers: HTTPHeaders = ["Authorization": "Bearer \(token)"]
                return try await host.http.send("POST", "/tasks", headers: headers, json: #"{"prompt": "x"}"#).status
            }
            let good = try await token()
            #expect(try await status(good) == 202)
            let reader = try await token(scope: "read")
            #expect(try await status(reader) == 403)
            let foreign = try await token(issuer: "https://evil.example")
            #expect(try await status(foreign) == 401)
            let old = try await token(expires: -60)
            #expect(try await status(old) == 401)
            #expect(try await host.http.send("POST", "/tasks", json: #"{"prompt": "x"}"#).status == 401)
        }
    }
}

private struct TestClaims: JWTPayload {
    var iss: IssuerClaim
    var aud: AudienceClaim
    var exp: ExpirationClaim
    var workspace: String
    var scope: String

    func verify(using algorithm: some JWTAlgorithm) throws {}
}
