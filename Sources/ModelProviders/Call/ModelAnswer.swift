package import MoltBotCore

/// What a model said.
package struct ModelAnswer: Sendable, Equatable {
    /// The answer's text; nil when there is none, as for embeddings and pure tool calls.
    package var text: String?
    /// The assistant's whole message with its tool calls; for embeddings the array of vectors, by index.
    package var message: JSONValue
    /// `stop`, `length`, `tool_calls`, `content_filter`, or the provider's own word; nil for embeddings.
    package var finishReason: String?
    /// Nil when the provider did not say.
    package var usage: Usage?
    /// The exact version of the model that answered, when the provider says.
    package var providerModel: String?

    package init(
        text: String?, message: JSONValue, finishReason: String? = nil, usage: Usage? = nil, providerModel: String? = nil
    ) {
        self.text = text
        self.message = message
        self.finishReason = finishReason
        self.usage = usage
        self.providerModel = providerModel
    }
}
