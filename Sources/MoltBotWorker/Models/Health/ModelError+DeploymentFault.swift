internal import MoltBotCore

extension ModelError.Kind {
    /// Whether the error tells something about the deployment rather than about the request or the key.
    var isDeploymentFault: Bool {
        switch self {
        case .overloaded, .serverError, .streamBroken, .timeout, .network, .notFound: true
        case .rateLimited, .quotaExhausted, .auth, .contextLength, .contentPolicy, .invalidRequest, .cancelled: false
        }
    }
}
