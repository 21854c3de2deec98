package import CurlHTTP
package import MoltBotCore

/// OpenAI, and everyone who speaks its chat completions and embeddings: Groq, Mistral, DeepSeek, Qwen, Moonshot, OpenRouter, vLLM ...
package struct OpenAICompatibleProvider: ModelProvider {
    package let name: String
    private let connection: ProviderConnection<OpenAIDialect>

    /// - Parameters:
    ///   - baseURL: For example `https://api.openai.com` or `https://api.groq.com/openai/v1`. A bare host gets OpenAI's `/v1`; a path is taken as
    ///     it is.
    ///   - apiKey: For calls that bring no authorization of their own.
    ///   - headers: Sent with each request, such as `OpenAI-Organization`.
    /// - Throws: ``ModelError/Kind/invalidRequest`` when the base URL is none.
    package init(
        name: String = "openai", baseURL: String, apiKey: SecretString? = nil, client: HTTPClient, headers: [String: String] = [:],
        maximumResponseBytes: Int = 32 * 1024 * 1024
    ) throws(ModelError) {
        self.name = name
        connection = ProviderConnection(
            OpenAIDialect(place: .base(try ProviderURL(baseURL).withPath(orElse: "/v1"))), client: client,
            authorization: apiKey.map { .apiKey($0) } ?? .none, headers: headers, maximumResponseBytes: maximumResponseBytes)
    }

    package func complete(_ call: ModelCall, onDelta: DeltaHandler?) async throws(ModelError) -> ModelAnswer {
        try await connection.complete(call, onDelta: onDelta)
    }
}
