internal import CurlHTTP
internal import ModelProviders
internal import MoltBotCore

/// Makes deployments callable as the configuration says.
struct DeploymentFactory: Sendable {
    private let configuration: ModelConfiguration
    private let client: HTTPClient
    private let providers: ProviderFactory

    init(_ configuration: ModelConfiguration, _ client: HTTPClient) {
        self.configuration = configuration
        self.client = client
        providers = ProviderFactory(client: client, echo: EchoProvider(settings: configuration.echo))
    }

    /// - Throws: ``ModelError`` of kind `invalidRequest` when the deployment's address is none.
    func deployed(_ deployment: Deployment, isCatchAll: Bool = false) throws(ModelError) -> DeployedModel {
        let prices = deployment.prices ?? configuration.prices?.entry(of: deployment.providerModel, at: deployment.provider)?.prices
        return DeployedModel(
            deployment, provider: try providers.provider(for: deployment),
            keys: deployment.credentials.map { configuration.credentials.key($0, of: deployment.name, client: client) },
            prices: prices, isCatchAll: isCatchAll)
    }
}
