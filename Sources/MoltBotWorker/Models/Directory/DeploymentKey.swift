internal import ModelProviders
internal import MoltBotCore

/// One credential of a deployment, ready to be sent.
struct DeploymentKey: Sendable {
    enum Source: Sendable {
        case fixed(ModelAuthorization)
        case tokens(OAuth2TokenSource)
        /// It cannot be had, and why: calls with it fail as those with a wrong key do, so that the other keys go on.
        case missing(reason: String)
    }

    /// Nil when the deployment asks for no key.
    let name: String?
    let source: Source
    /// What its owner may ask of the deployment with it.
    var limits = RateLimits()

    static let none = DeploymentKey(name: nil, source: .fixed(.none))

    /// - Throws: ``ModelError``: `auth` when there is no such key; what getting a token threw.
    func authorization() async throws(ModelError) -> ModelAuthorization {
        switch source {
        case .fixed(let authorization): return authorization
        case .tokens(let tokens): return try await tokens.authorization()
        case .missing(let reason): throw ModelError(.auth, message: reason)
        }
    }

    /// Whether another try with the same key may succeed where this one was refused: a token that ended before its time is replaced.
    func refused(_ authorization: ModelAuthorization) async -> Bool {
        guard case .tokens(let tokens) = source, let secret = authorization.secret else { return false }
        await tokens.invalidate(secret)
        return true
    }
}
