internal import JWTKit
internal import MoltBotCore
internal import Synchronization

/// Checks JSON Web Tokens (RFC 7519) of an identity provider, as an alternative to access keys.
///
/// A token must be signed by one of the provider's keys, not be expired, name the issuer and the audience that are configured, and
/// say the workspace in the claim `workspace` and what it may in `scope` (RFC 8693: words separated by spaces).
package final class TokenVerifier: Sendable {
    private let keys: Mutex<JWTKeyCollection>
    private let issuer: String?
    private let audience: String?

    /// - Parameters:
    ///   - keySet: a JSON Web Key Set (RFC 7517) with public keys.
    ///   - issuer: what `iss` must be; nil takes any.
    ///   - audience: what `aud` must contain; nil takes any.
    /// - Throws: ``APIError`` with code `invalidKeySet`.
    package init(keySet: String, issuer: String?, audience: String?) async throws(APIError) {
        keys = Mutex(try await Self.collection(keySet))
        self.issuer = issuer
        self.audience = audience
    }

    /// Takes the provider's present keys; tokens that others have signed prove nothing any more.
    /// - Throws: ``APIError`` with code `invalidKeySet`, and then the old ones stay.
    package func replaceKeys(_ keySet: String) async throws(APIError) {
        let collection = try await Self.collection(keySet)
        keys.withLock { $0 = collection }
    }

    private static func collection(_ keySet: String) async throws(APIError) -> JWTKeyCollection {
        do {
            return try await JWTKeyCollection().add(jwksJSON: keySet)
        } catch {
            throw APIError(.invalidKeySet, "the keys for tokens are no JSON Web Key Set: \(error)", cause: error)
        }
    }

    /// Nil for a token that proves nothing.
    func caller(_ token: String) async -> Caller? {
        guard let claims = try? await keys.withLock(\.self).verify(token, as: TokenClaims.self) else { return nil }
        if let issuer, claims.iss?.value != issuer { return nil }
        if let audience, claims.aud?.value.contains(audience) != true { return nil }
        guard let workspace = claims.workspace.flatMap({ Workspace($0) }) else { return nil }
        let scopes = Set((claims.scope ?? "").split(separator: " ").compactMap { Scope(rawValue: String($0)) })
        return Caller(name: claims.sub?.value ?? "token", workspace: workspace, scopes: scopes)
    }
}

/// JWTKit reads claims through Codable.
private struct TokenClaims: JWTPayload {
    var iss: IssuerClaim?
    var sub: SubjectClaim?
    var aud: AudienceClaim?
    var exp: ExpirationClaim
    var nbf: NotBeforeClaim?
    var workspace: String?
    var scope: String?

    func verify(using algorithm: some JWTAlgorithm) throws {
        try exp.verifyNotExpired()
        try nbf?.verifyNotBefore()
    }
}
