import MoltBotCore

/// Where an OpenAI-compatible service answers.
struct OpenAIEndpoint {
    let chatCompletions: String
    let embeddings: String

    /// - Parameter baseURL: With or without a trailing slash. A bare host gets OpenAI's `/v1`; a path is taken as it is, because some
    ///   services have other ones (`/openai/v1`, `/v1beta/openai`).
    init(baseURL: String) throws(ModelError) {
        let base = baseURL.hasSuffix("/") ? String(baseURL.dropLast()) : baseURL
        let scheme = ["https://", "http://"].first { base.lowercased().hasPrefix($0) }
        guard let scheme, base.utf8.count > scheme.utf8.count, !base.contains(where: { $0 == "?" || $0 == "#" || $0.isWhitespace }) else {
            throw ModelError(
                .invalidRequest,
                message: "The provider's base URL must be an http or https URL without query, such as https://api.openai.com/v1")
        }
        let root = base.dropFirst(scheme.count).contains("/") ? base : base + "/v1"
        chatCompletions = root + "/chat/completions"
        embeddings = root + "/embeddings"
    }
}
