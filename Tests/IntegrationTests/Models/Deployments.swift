import MoltBotCore
import TestSupport

extension Deployment {
    /// A deployment of an OpenAI-compatible model at a test's server.
    static func at(
        _ server: ModelServer, _ name: String, model: String = "gpt", keys: [String] = [], limits: RateLimits = RateLimits(),
        fallbacks: Fallbacks = Fallbacks()
    ) -> Deployment {
        Deployment(
            name: name, model: model, provider: .openAICompatible, baseURL: server.baseURL,
            credentials: keys.map { DeploymentCredential(name: $0, kind: .apiKey(.plain(SecretString($0)))) }, limits: limits,
            fallbacks: fallbacks)
    }

    /// One that is called only when no other can be.
    static func reserve(_ server: ModelServer, _ name: String, model: String = "gpt") -> Deployment {
        var deployment = at(server, name, model: model)
        deployment.weight = 0
        return deployment
    }
}
