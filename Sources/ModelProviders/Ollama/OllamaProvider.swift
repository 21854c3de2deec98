package import CurlHTTP
package import MoltBotCore

/// Ollama's own API. It needs no key on its own machine; hosted ones take bearer tokens.
package struct OllamaProvider: ModelProvider {
    package let name: String
    private let connection: ProviderConnection<OllamaDialect>

    /// - Parameters:
    ///   - contextTokens: The window to load models with, for calls that say none (`num_ctx`). The server's default is small, and it cuts
    ///     longer prompts without a word. A change loads the model again, so it is one for all calls.
    ///   - apiKey: For calls that bring no authorization of their own.
    /// - Throws: ``ModelError/Kind/invalidRequest`` when the base URL is none.
    package init(
        name: String = "ollama", baseURL: String = "http://127.0.0.1:11434", contextTokens: Int? = nil, apiKey: SecretString? = nil,
        client: HTTPClient, headers: [String: String] = [:], maximumResponseBytes: Int = 32 * 1024 * 1024
    ) throws(ModelError) {
        self.name = name
        connection = ProviderConnection(
            OllamaDialect(root: try ProviderURL(baseURL).withPath(orElse: "/api"), contextTokens: contextTokens), client: client,
            authorization: apiKey.map { .apiKey($0) } ?? .none, headers: headers, maximumResponseBytes: maximumResponseBytes)
    }

    package func complete(_ call: ModelCall, onDelta: DeltaHandler?) async throws(ModelError) -> ModelAnswer {
        try await connection.complete(call, onDelta: onDelta)
    }
}
