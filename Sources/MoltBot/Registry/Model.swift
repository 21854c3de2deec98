extension MoltBot {
    /// One place where a model runs: a provider's endpoint with its key, prices and limits. Several may share a ``model``.
    public struct Model: Sendable, Hashable {
        /// Unique; what attempts and statistics call it.
        public var name: String
        /// What tasks call it; the name unless you say otherwise.
        public var model: String
        /// `openai`, `anthropic`, `gemini`, `ollama`, `azure`, `groq`, `mistral` ...; any other server with OpenAI's API is
        /// `openai-compatible`.
        public var provider: String
        /// Nil for the provider's own address.
        public var baseURL: String?
        /// The provider's name of the model; nil for ``model``.
        public var providerModel: String?
        /// Nil for endpoints that ask for none.
        public var key: Key?
        /// Deployments in a worker's own zone go first.
        public var zone: String?
        /// Its share among the deployments of the model; 0 keeps it in reserve.
        public var weight = 1.0
        /// US dollars a token, by LiteLLM's names such as `input_cost_per_token`; empty leaves it to the price table.
        public var prices: [String: Double] = [:]
        public var requestsPerMinute: Int?
        /// Input and output together.
        public var tokensPerMinute: Int?
        /// Calls at once.
        public var concurrency: Int?
        /// The longest answer, in tokens.
        public var maximumOutputTokens: Int?
        /// Input and output together, in tokens.
        public var contextWindow: Int?
        /// For one call.
        public var timeout: Duration?
        public var isEnabled = true
        /// Models to try when this one can't answer.
        public var fallbacks: [String] = []

        public init(name: String, model: String? = nil, provider: String, baseURL: String? = nil, key: Key? = nil) {
            self.name = name
            self.model = model ?? name
            self.provider = provider
            self.baseURL = baseURL
            self.key = key
        }
    }
}

extension MoltBot.Model {
    /// Where a provider's key is from.
    public enum Key: Sendable, Hashable {
        /// Sealed before it leaves this process; workers with the same master key open it.
        case secret(MoltBot.Secret)
        /// The environment variable of that name, of each worker.
        case environment(String)
        /// As the registry has it: what you get when you read a model, and may register again under the same name.
        case sealed(String)
    }
}
