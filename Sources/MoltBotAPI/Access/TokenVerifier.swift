internal import FoundationEssentials
internal import JWTKit
internal import MoltBotCore
internal import Synchronization

/// Checks JSON Web Tokens (RFC 7519) of an identity provider, as an alternative to access keys.
///
/// A token must be signed by one of the provider's keys, not be expired, name the issuer and the audience that are configured, and
/// say the workspace in the claim `workspace` and what it may in `scope` (RFC 8693: words separated by spaces).
package final class TokenVerifier: Sendable {
    private struct State {
        var keys: TokenKeySet?
        /// When a token with an unknown key may make this node ask the provider again.
        var nextLook: ContinuousClock.Instant?
    }

    /// Between two looks that tokens cause: anybody can send one that names a key of their invention.
    private static let pause = Duration.seconds(5)
    /// By how much the clocks of provider and node may differ (RFC 7519, 4.1.4).
    private static let leeway: TimeInterval = 30

    private let state = Mutex(State())
    private let looks = Turns(1)
    private let issuer: String?
    private let audience: String?
    private let source: @Sendable () async throws -> String

    /// Knows no keys before ``renew()``.
    /// - Parameters:
    ///   - issuer: what `iss` must be; nil takes any.
    ///   - audience: what `aud` must contain; nil takes any.
    ///   - source: reads the provider's present JSON Web Key Set (RFC 7517).
    package init(issuer: String?, audience: String?, source: @escaping @Sendable () async throws -> String) {
        self.issuer = issuer
        self.audience = audience
        self.source = source
    }

    /// Whether there are keys to check tokens with.
    package var hasKeys: Bool { state.withLock { $0.keys != nil } }

    /// Takes the provider's present keys; tokens that others have signed prove nothing any more.
    /// - Throws: what the source throws, or ``APIError`` with code `invalidKeySet`; then the old keys stay.
    package func renew() async throws {
        try await looks.withTurn { try await look() }
    }

    /// One at a time: of two answers the later one is the present one.
    private func look() async throws {
        let keys = try TokenKeySet(try await source())
        state.withLock { $0.keys = keys }
    }

    /// Tells tokens from access keys.
    static func isToken(_ credential: String) -> Bool { credential.utf8.count(where: { $0 == UInt8(ascii: ".") }) == 2 }

    /// Who the token says that its bearer is.
    func caller(_ token: String) async -> Result<Caller, TokenRefusal> {
        guard let header = try? DefaultJWTParser().parse(Array(token.utf8), as: TokenClaims.self).header else {
            return .failure(.malformed)
        }
        guard let algorithm = header.alg.flatMap({ JWK.Algorithm(rawValue: $0) }) else { return .failure(.unsigned) }
        guard let keys = await keys(with: header.kid) else { return .failure(.keysMissing) }
        guard let key = keys.key(named: header.kid, for: algorithm) else { return .failure(.unknownKey) }
        guard let claims = try? await JWTKeyCollection().add(jwk: key).verify(token, as: TokenClaims.self) else {
            return .failure(.wrongSignature)
        }
        if let refusal = refusal(of: claims) { return .failure(refusal) }
        guard let workspace = claims.workspace.flatMap({ Workspace($0) }) else { return .failure(.withoutWorkspace) }
        let scopes = Set((claims.scope ?? "").split(separator: " ").compactMap { Scope(rawValue: String($0)) })
        // Of a time that no clock shows, the last that a number of seconds has here.
        let end = Timestamp(secondsSinceEpoch: Int64(exactly: (claims.exp.value.timeIntervalSince1970 + Self.leeway).rounded()) ?? .max)
        return .success(Caller(name: claims.sub?.value ?? "token", workspace: workspace, scopes: scopes, grant: .token(until: end)))
    }

    private func refusal(of claims: TokenClaims) -> TokenRefusal? {
        if claims.exp.value <= Date.now.addingTimeInterval(-Self.leeway) { return .expired }
        if let start = claims.nbf?.value, start > Date.now.addingTimeInterval(Self.leeway) { return .notYetValid }
        if let issuer, claims.iss?.value != issuer { return .otherIssuer }
        if let audience, claims.aud?.value.contains(audience) != true { return .otherAudience }
        return nil
    }

    /// The keys, read again when the one that is asked for is missing: the provider may have changed them since. Nil while there are none.
    private func keys(with name: String?) async -> TokenKeySet? {
        let known = state.withLock(\.keys)
        if let known, known.hasKey(named: name) { return known }
        // Of many that ask at once the first one reads, and the others find what it read, or that it read nothing.
        try? await looks.withTurn {
            guard mayLook(for: name) else { return }
            // From its end: a provider that is slow to answer is not asked the more often for it.
            defer { state.withLock { $0.nextLook = .now + Self.pause } }
            try await look()
        }
        return state.withLock(\.keys)
    }

    private func mayLook(for name: String?) -> Bool {
        state.withLock { state in
            if state.keys?.hasKey(named: name) == true { return false }
            return state.nextLook.map { $0 <= .now } ?? true
        }
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

    /// The verifier looks at the claims, and says which one is wrong.
    func verify(using algorithm: some JWTAlgorithm) throws {}
}
