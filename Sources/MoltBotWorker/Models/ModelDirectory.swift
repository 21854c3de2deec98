package import CurlHTTP
package import ModelProviders
package import MoltBotCore

/// Which provider serves a model name.
///
/// `echo` is always there. Every other name goes to the OpenAI-compatible endpoint, where one is configured.
package struct ModelDirectory: Sendable {
    package struct OpenAISettings: Sendable {
        package var baseURL: String
        package var apiKey: SecretString?

        package init(baseURL: String, apiKey: SecretString?) {
            self.baseURL = baseURL
            self.apiKey = apiKey
        }
    }

    /// A model at a provider.
    struct Deployment: Sendable {
        var name: String
        var providerName: String
        var model: String
        var provider: any ModelProvider
    }

    private static let echoName = "echo"
    private let defaultModel: String?
    private let echo: any ModelProvider
    private let openAI: (any ModelProvider)?

    /// - Parameter defaultModel: for tasks that name none; nil means that they must.
    package init(defaultModel: String?, openAI: OpenAISettings?, echo: EchoProvider = EchoProvider(), client: HTTPClient) throws(ModelError)
    {
        self.defaultModel = defaultModel
        self.echo = ObservedProvider(echo)
        self.openAI = try openAI.map { (settings) throws(ModelError) in
            ObservedProvider(try OpenAICompatibleProvider(baseURL: settings.baseURL, apiKey: settings.apiKey, client: client))
        }
    }

    func deployment(for requested: String?) throws(ModelError) -> Deployment {
        guard let model = requested ?? defaultModel else {
            throw ModelError(
                .invalidRequest, message: "the task names no model and the worker has no default; set \"model\", or models.default")
        }
        if model == Self.echoName {
            return Deployment(name: Self.echoName, providerName: Self.echoName, model: model, provider: echo)
        }
        guard let openAI else {
            throw ModelError(
                .notFound,
                message:
                    "no provider serves model \"\(model)\"; this worker knows \"echo\". Set OPENAI_BASE_URL or OPENAI_API_KEY to reach others"
            )
        }
        return Deployment(name: "openai", providerName: "openai", model: model, provider: openAI)
    }
}
