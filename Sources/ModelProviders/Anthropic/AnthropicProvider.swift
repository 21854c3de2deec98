package import CurlHTTP
package import MoltBotCore

/// Anthropic's messages. It has no embeddings.
package struct AnthropicProvider: ModelProvider {
    /// The only version of the API there is.
    private static let version = "2023-06-01"

    package let name: String
    private let connection: ProviderConnection<AnthropicDialect>

    /// - Parameters:
    ///   - baseURL: With the version's path where there is one; a bare host gets `/v1`.
    ///   - apiKey: For calls that bring no authorization of their own.
    ///   - defaultMaxTokens: For tasks that set no limit: this provider demands one.
    ///   - headers: Sent with each request, such as `anthropic-beta`.
    /// - Throws: ``ModelError/Kind/invalidRequest`` when the base URL is none.
    package init(
        name: String = "anthropic", baseURL: String = "https://api.anthropic.com", apiKey: SecretString? = nil,
        defaultMaxTokens: Int = 4096,
        client: HTTPClient, headers: [String: String] = [:], maximumResponseBytes: Int = 32 * 1024 * 1024
    ) throws(ModelError) {
        self.name = name
        connection = ProviderConnection(
            AnthropicDialect(root: try ProviderURL(baseURL).withPath(orElse: "/v1"), defaultMaxTokens: defaultMaxTokens), client: client,
            authorization: apiKey.map { .apiKey($0) } ?? .none, headers: headers, maximumResponseBytes: maximumResponseBytes,
            own: ["anthropic-version": Self.version])
    }

    package func complete(_ call: ModelCall, onDelta: DeltaHandler?) async throws(ModelError) -> ModelAnswer {
        try await connection.complete(call, onDelta: onDelta)
    }
}
