internal import CurlHTTP
internal import ModelProviders
internal import MoltBotCore

/// Makes deployments callable, and notes those that can't be.
struct DeploymentFactory {
    private let configuration: ModelConfiguration
    private let client: HTTPClient
    private let providers: ProviderFactory
    private(set) var problems: [ModelError] = []

    init(_ configuration: ModelConfiguration, _ client: HTTPClient) {
        self.configuration = configuration
        self.client = client
        providers = ProviderFactory(client: client, echo: EchoProvider(settings: configuration.echo))
    }

    /// By the model's name.
    mutating func deployed(_ deployments: [Deployment]) -> [String: [DeployedModel]] {
        var models: [String: [DeployedModel]] = [:]
        for deployment in deployments {
            guard let deployed = deployed(deployment) else { continue }
            models[deployment.model, default: []].append(deployed)
        }
        return models
    }

    /// Nil when the deployment's address is none.
    mutating func deployed(_ deployment: Deployment, isCatchAll: Bool = false) -> DeployedModel? {
        do throws(ModelError) {
            let prices =
                deployment.prices ?? configuration.prices?.entry(of: deployment.providerModel, at: deployment.provider)?.prices
            return DeployedModel(
                deployment, provider: try providers.provider(for: deployment),
                keys: deployment.credentials.map { configuration.credentials.key($0, of: deployment.name, client: client) },
                prices: prices, isCatchAll: isCatchAll)
        } catch {
            problems.append(error)
            return nil
        }
    }
}
