import Foundation
import JWTKit

/// Signs tokens; two of them may call their keys the same.
struct IdentityProvider: Sendable {
    let keySet: String
    /// The key as an element of a set.
    let key: String
    private let name: String
    private let keys = JWTKeyCollection()

    init(key name: String = "k1") async throws {
        let signer = try EdDSA.PrivateKey(curve: .ed25519)
        await keys.add(eddsa: signer, kid: .init(string: name))
        let x = signer.publicKey.rawRepresentation.base64EncodedString().base64URL
        self.name = name
        key = #"{"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": "\#(name)", "x": "\#(x)"}"#
        keySet = #"{"keys": [\#(key)]}"#
    }

    func token(
        workspace: String? = "acme", issuer: String = "https://id.example.org", audience: String? = "moltbot", scope: String? = "admin",
        secondsLeft: TimeInterval = 600
    ) async throws -> String {
        try await keys.sign(
            TokenContent(
                iss: .init(value: issuer), aud: audience.map { .init(value: $0) },
                exp: .init(value: .init(timeIntervalSinceNow: secondsLeft)),
                workspace: workspace, scope: scope), kid: .init(string: name))
    }

    /// The same claims under `"alg": "none"` (RFC 8725, 2.1).
    static func unsigned(_ token: String) -> String {
        let head = Data(#"{"alg":"none","typ":"JWT"}"#.utf8).base64EncodedString().base64URL
        return head + "." + token.split(separator: ".")[1] + "."
    }
}

extension String {
    /// Base64 in the alphabet of tokens, without padding (RFC 7515, 2).
    var base64URL: String { replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "") }
}

struct TokenContent: JWTPayload {
    var iss: IssuerClaim = "https://id.example.org"
    var aud: AudienceClaim?
    var exp: ExpirationClaim
    var workspace: String?
    var scope: String?

    func verify(using algorithm: some JWTAlgorithm) throws {}
}
