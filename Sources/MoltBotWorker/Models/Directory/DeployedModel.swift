internal import ModelProviders
internal import MoltBotCore

/// A deployment as it is called: everything that was settled when it was configured. Calls keep the one they began with, so that a
/// change of the settings disturbs none of them.
final class DeployedModel: Sendable {
    let deployment: Deployment
    let provider: any ModelProvider
    /// In the order in which they are used; never empty.
    let keys: [DeploymentKey]
    let prices: ModelPrices?
    /// It takes every model name that nobody else has, and passes it on as it is.
    let isCatchAll: Bool
    let metrics: DeploymentMetrics

    init(
        _ deployment: Deployment, provider: any ModelProvider, keys: [DeploymentKey], prices: ModelPrices?, isCatchAll: Bool = false
    ) {
        self.deployment = deployment
        self.provider = provider
        self.keys = keys.isEmpty ? [.none] : keys
        self.prices = prices
        self.isCatchAll = isCatchAll
        metrics = DeploymentMetrics(deployment: deployment.name, model: deployment.model)
    }

    var name: String { deployment.name }
    /// What may be asked of it, by its own limits and those of all its keys together.
    var limits: RateLimits { deployment.limits.within(.sum(keys.map(\.limits))) }
    var providerName: String { deployment.provider.name }

    /// US dollars; nil when the provider did not count or a price is unknown.
    func cost(of usage: Usage?) -> Double? { usage.flatMap { prices?.cost(of: $0) } }

    /// Why a request need not be sent: it is surely longer than what the model can read.
    func refusal(of content: TaskRequest.Content) -> ModelError? {
        guard let window = deployment.contextWindow else { return nil }
        let least = content.leastTokens
        guard least > window else { return nil }
        return ModelError(
            .contextLength,
            message: "the request has at least \(least) tokens by its length, and deployment \"\(name)\" reads \(window) (context_window); "
                + "it was not sent")
    }

    /// A task's parameters within the deployment's own limits.
    func parameters(_ asked: TaskParameters, for operation: TaskRequest.Operation) -> TaskParameters {
        guard let maximum = deployment.maximumOutputTokens, operation == .chat, asked.maxTokens.map({ $0 > maximum }) ?? true else {
            return asked
        }
        var parameters = asked
        let field = asked.given("max_tokens") == nil && asked.given("max_completion_tokens") != nil ? "max_completion_tokens" : "max_tokens"
        parameters.fields[field] = .integer(Int64(maximum))
        return parameters
    }
}
