internal import ModelProviders
internal import MoltBotCore

/// A call that a pool has given a deployment and a key.
struct PlannedCall: Sendable {
    let pool: ModelPool
    /// As the task or the fallback names it.
    let model: String
    let deployed: DeployedModel
    /// Names the deployment within its pool for as long as it exists.
    let place: Int
    /// Where in the pool it was; others may have come and gone since.
    let position: Int
    /// The key's position.
    var key: Int
    /// It finds out whether the deployment, or the key, is well again.
    let isProbe: Bool
    let isKeyProbe: Bool
    /// Tokens that were reserved for it, and the lane for which.
    let reserved: Int
    let lane: Lane
    /// It follows a failure elsewhere in the same attempt.
    let isSwitch: Bool
    let beganAt: ContinuousClock.Instant
    /// The workspace's, when it has one.
    var budget: WorkspaceBudget?

    /// The provider's own name of the model.
    var providerModel: String { deployed.isCatchAll ? model : deployed.deployment.providerModel }
}

/// How a call ended, as far as it tells something about its deployment.
struct CallEnd: Sendable {
    var error: ModelError?
    var usage: Usage?
    /// What the provider said about its limits.
    var rateLimits: RateLimitHints?
    /// Nobody was asked: it says nothing about deployment and key.
    var isUnsent = false
    /// The key was refused, and may be accepted the next time: it was a token.
    var isKeyRenewed = false
    var duration: Duration

    /// Whether it says something about the deployment.
    var isTelling: Bool { !isUnsent && error?.kind != .cancelled }

    /// Nil when nobody knows: then the estimate stands.
    var usedTokens: Int? {
        guard let error else { return usage.map { $0.inputTokens + $0.outputTokens } }
        return error.kind == .streamBroken || error.kind == .timeout ? nil : 0
    }
}

extension CallEnd {
    init(_ result: Result<ModelAnswer, ModelError>, isKeyRenewed: Bool, duration: Duration) {
        self.init(isKeyRenewed: isKeyRenewed, duration: duration)
        switch result {
        case .success(let answer): (usage, rateLimits) = (answer.usage, answer.rateLimits)
        case .failure(let failure): (error, rateLimits) = (failure, failure.rateLimits)
        }
    }
}

/// What an attempt does not ask again.
struct TriedCall: Sendable {
    let place: Int
    /// Nil: none of its keys.
    let key: Int?
}
