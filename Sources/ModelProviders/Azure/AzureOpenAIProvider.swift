package import CurlHTTP
package import MoltBotCore

/// Azure OpenAI: OpenAI's words under other URLs, with keys in `api-key` and Entra tokens as bearer tokens.
///
/// A call's model is the deployment's name in the Azure resource.
package struct AzureOpenAIProvider: ModelProvider {
    package let name: String
    private let connection: ProviderConnection<OpenAIDialect>

    /// - Parameters:
    ///   - endpoint: The resource: `https://<resource>.openai.azure.com`.
    ///   - apiVersion: Of the API with the deployment in the path, such as `2024-10-21`; nil means the v1 API, which has none.
    /// - Throws: ``ModelError/Kind/invalidRequest`` when the endpoint is no URL or the version no date.
    package init(
        name: String = "azure", endpoint: String, apiVersion: String? = "2024-10-21", apiKey: SecretString? = nil, client: HTTPClient,
        headers: [String: String] = [:], maximumResponseBytes: Int = 32 * 1024 * 1024
    ) throws(ModelError) {
        self.name = name
        let base = try ProviderURL(endpoint)
        let place: OpenAIDialect.Place
        if let apiVersion {
            guard !apiVersion.isEmpty, apiVersion.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }) else {
                throw ModelError(.invalidRequest, message: "The API version must look like 2024-10-21, got \"\(apiVersion)\"")
            }
            place = .azureDeployments(base, apiVersion: apiVersion)
        } else {
            place = .base(base.withPath(orElse: "/openai/v1"))
        }
        connection = ProviderConnection(
            OpenAIDialect(place: place, keyHeader: "api-key"), client: client, authorization: apiKey.map { .apiKey($0) } ?? .none,
            headers: headers, maximumResponseBytes: maximumResponseBytes)
    }

    package func complete(_ call: ModelCall, onDelta: DeltaHandler?) async throws(ModelError) -> ModelAnswer {
        try await connection.complete(call, onDelta: onDelta)
    }
}
