/// One place where a model runs: a provider's endpoint with its credentials, prices and limits.
///
/// Users write ``model`` into their tasks; several deployments may share it, and each is called by what distinguishes it, its ``name``.
package struct Deployment: Sendable, Equatable {
    /// Unique in a gateway; what attempts, events and statistics call it.
    package var name: String
    package var model: String
    package var provider: ProviderKind
    /// Nil for the provider's own address.
    package var baseURL: String?
    /// The provider's name of the model.
    package var providerModel: String
    /// In the order in which they are used; none for endpoints that ask for no key.
    package var credentials: [DeploymentCredential]
    /// Where it is: deployments in the worker's own zone go first.
    package var zone: String?
    /// Its share among the deployments of the model; 0 keeps it in reserve for when no other one is available.
    package var weight: Double
    /// Nil leaves it to the price table.
    package var prices: ModelPrices?
    package var limits: RateLimits
    /// The longest answer; a task that asks for more gets this.
    package var maximumOutputTokens: Int?
    /// Input and output together, in tokens; a request whose input alone is surely longer is not sent. Ollama is told it, since its own
    /// default cuts requests silently.
    package var contextWindow: Int?
    /// For one call; nil leaves it to the task and the worker.
    package var timeout: Duration?
    package var isEnabled: Bool
    package var fallbacks: Fallbacks

    package init(
        name: String, model: String? = nil, provider: ProviderKind, baseURL: String? = nil, providerModel: String? = nil,
        credentials: [DeploymentCredential] = [], zone: String? = nil, weight: Double = 1, prices: ModelPrices? = nil,
        limits: RateLimits = RateLimits(), maximumOutputTokens: Int? = nil, contextWindow: Int? = nil, timeout: Duration? = nil,
        isEnabled: Bool = true, fallbacks: Fallbacks = Fallbacks()
    ) {
        self.name = name
        self.model = model ?? name
        self.provider = provider
        self.baseURL = baseURL
        self.providerModel = providerModel ?? model ?? name
        self.credentials = credentials
        self.zone = zone
        self.weight = weight
        self.prices = prices
        self.limits = limits
        self.maximumOutputTokens = maximumOutputTokens
        self.contextWindow = contextWindow
        self.timeout = timeout
        self.isEnabled = isEnabled
        self.fallbacks = fallbacks
    }
}
