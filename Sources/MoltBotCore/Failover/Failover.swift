/// Where a call goes after it failed, within one attempt of a task. Pure: failures go in, the next step comes out.
///
/// First another key, then another deployment of the model, then the models that were named for this kind of failure. Each kind of
/// error has its own reach (``ModelError/Kind/reach``).
package struct Failover: Sendable {
    package enum Step: Sendable, Equatable {
        case otherCredential
        case otherDeployment
        /// The next model, from its first deployment on.
        case model(String)
        /// The attempt has failed; this error tells why, and decides whether there is another one.
        case stop(ModelError)
    }

    /// What is left at the model that failed.
    package struct Alternatives: Sendable {
        package var hasOtherCredential: Bool
        package var hasOtherDeployment: Bool
        package var fallbacks: Fallbacks

        package init(hasOtherCredential: Bool = false, hasOtherDeployment: Bool = false, fallbacks: Fallbacks = Fallbacks()) {
            self.hasOtherCredential = hasOtherCredential
            self.hasOtherDeployment = hasOtherDeployment
            self.fallbacks = fallbacks
        }
    }

    /// Calls within one attempt, however many deployments and fallbacks there are.
    package static let maximumCalls = 16

    private let isEnabled: Bool
    private let taskFallbacks: [String]
    private var triedModels: Set<String>
    private var calls = 0
    private var firstError: ModelError?
    private var firstRetryable: ModelError?

    /// - Parameter taskFallbacks: the models that the task itself names; they go before those of the model's settings.
    package init(isEnabled: Bool, model: String, taskFallbacks: [String]) {
        self.isEnabled = isEnabled
        self.taskFallbacks = taskFallbacks
        triedModels = [model]
    }

    /// - Parameter hasDelivered: whether the caller has seen a part of the answer; then nobody else can go on with it.
    package mutating func failed(_ error: ModelError, hasDelivered: Bool, _ alternatives: Alternatives) -> Step {
        calls += 1
        firstError = firstError ?? error
        if error.isRetryable { firstRetryable = firstRetryable ?? error }
        let reach = error.kind.reach
        guard isEnabled, !hasDelivered, calls < Self.maximumCalls else { return .stop(verdict(error)) }
        if reach.contains(.credential), alternatives.hasOtherCredential { return .otherCredential }
        if reach.contains(.deployment), alternatives.hasOtherDeployment { return .otherDeployment }
        guard let next = models(for: error, alternatives.fallbacks).first(where: { !triedModels.contains($0) }) else {
            return .stop(verdict(error))
        }
        triedModels.insert(next)
        return .model(next)
    }

    private func models(for error: ModelError, _ fallbacks: Fallbacks) -> [String] {
        switch error.kind {
        case .contextLength: fallbacks.onContextLength + taskFallbacks
        case .contentPolicy: fallbacks.onContentPolicy
        case .invalidRequest, .cancelled: []
        default: taskFallbacks + fallbacks.onError
        }
    }

    /// The first failure is what the caller asked about. But when one that came after it may pass, there is reason to try again.
    private func verdict(_ error: ModelError) -> ModelError { firstRetryable ?? firstError ?? error }
}

extension ModelError.Kind {
    /// How far away help may be.
    package struct Reach: OptionSet, Sendable {
        package let rawValue: Int

        package init(rawValue: Int) {
            self.rawValue = rawValue
        }

        /// Another key of the same deployment.
        package static let credential = Reach(rawValue: 1)
        /// Another deployment of the same model.
        package static let deployment = Reach(rawValue: 2)
    }

    package var reach: Reach {
        switch self {
        case .rateLimited, .quotaExhausted, .auth: [.credential, .deployment]
        // Another key reaches the same machines.
        case .overloaded, .serverError, .streamBroken, .timeout, .network, .notFound: .deployment
        // The request is the same everywhere; a model with a longer context or another policy is a fallback.
        case .contextLength, .contentPolicy, .invalidRequest, .cancelled: []
        }
    }
}
