package import CurlHTTP
package import MoltBotCore

/// Google's generateContent: AI Studio with a key, Vertex AI with a bearer token.
package struct GeminiProvider: ModelProvider {
    package let name: String
    private let connection: ProviderConnection<GeminiDialect>

    /// - Parameters:
    ///   - baseURL: What stands before `/models/…`; a bare host gets `/v1beta`. For Vertex AI
    ///     `https://<location>-aiplatform.googleapis.com/v1/projects/<project>/locations/<location>/publishers/google`.
    ///   - apiKey: For calls that bring no authorization of their own.
    /// - Throws: ``ModelError/Kind/invalidRequest`` when the base URL is none.
    package init(
        name: String = "gemini", baseURL: String = "https://generativelanguage.googleapis.com", apiKey: SecretString? = nil,
        client: HTTPClient, headers: [String: String] = [:], maximumResponseBytes: Int = 32 * 1024 * 1024
    ) throws(ModelError) {
        self.name = name
        connection = ProviderConnection(
            GeminiDialect(root: try ProviderURL(baseURL).withPath(orElse: "/v1beta")), client: client,
            authorization: apiKey.map { .apiKey($0) } ?? .none, headers: headers, maximumResponseBytes: maximumResponseBytes)
    }

    package func complete(_ call: ModelCall, onDelta: DeltaHandler?) async throws(ModelError) -> ModelAnswer {
        try await connection.complete(call, onDelta: onDelta)
    }
}
