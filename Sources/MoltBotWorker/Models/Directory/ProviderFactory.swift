internal import CurlHTTP
internal import ModelProviders
internal import MoltBotCore

/// Makes the provider that speaks a deployment's wire format.
struct ProviderFactory: Sendable {
    let client: HTTPClient
    let echo: EchoProvider

    /// - Throws: ``ModelError`` of kind `invalidRequest` when the deployment's address is none.
    func provider(for deployment: Deployment) throws(ModelError) -> any ModelProvider {
        ObservedProvider(try bare(deployment))
    }

    private func bare(_ deployment: Deployment) throws(ModelError) -> any ModelProvider {
        let kind = deployment.provider
        guard let baseURL = deployment.baseURL ?? kind.defaultBaseURL else {
            throw ModelError(.invalidRequest, message: "deployment \"\(deployment.name)\": provider \"\(kind)\" needs a base_url")
        }
        switch kind.wireFormat {
        case .openAI: return try OpenAICompatibleProvider(name: kind.name, baseURL: baseURL, client: client)
        case .anthropic:
            guard let maximum = deployment.maximumOutputTokens else {
                return try AnthropicProvider(name: kind.name, baseURL: baseURL, client: client)
            }
            return try AnthropicProvider(name: kind.name, baseURL: baseURL, defaultMaxTokens: maximum, client: client)
        case .gemini: return try GeminiProvider(name: kind.name, baseURL: baseURL, client: client)
        case .ollama:
            return try OllamaProvider(name: kind.name, baseURL: baseURL, contextTokens: deployment.contextWindow, client: client)
        case .azure: return try AzureOpenAIProvider(name: kind.name, endpoint: baseURL, client: client)
        case .echo: return echo
        }
    }
}
