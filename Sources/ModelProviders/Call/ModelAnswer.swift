package import MoltBotCore

/// What a model said, in the same form whoever runs it.
///
/// An object, because each frame of a call has room for its answer, and thousands of calls wait at once.
package final class ModelAnswer: Sendable {
    /// The answer's text; nil when there is none, as for embeddings and pure tool calls.
    package let text: String?
    /// The assistant's whole message in OpenAI's form: `role`, `content`, and where there are any `tool_calls`, `reasoning_content`, `refusal`
    /// and what the provider wants to see again. For embeddings an array of `{"object", "index", "embedding"}`, by index.
    package let message: JSONValue
    /// `stop`, `length`, `tool_calls`, `content_filter`, `error`, or the provider's own word; nil for embeddings.
    package let finishReason: String?
    /// Nil when the provider did not say.
    package let usage: Usage?
    /// The exact version of the model that answered, when the provider says.
    package let providerModel: String?
    /// What the provider said about its limits, when it did.
    package let rateLimits: RateLimitHints?

    package init(
        text: String?, message: JSONValue, finishReason: String? = nil, usage: Usage? = nil, providerModel: String? = nil,
        rateLimits: RateLimitHints? = nil
    ) {
        self.text = text
        self.message = message
        self.finishReason = finishReason
        self.usage = usage
        self.providerModel = providerModel
        self.rateLimits = rateLimits
    }

    package func with(rateLimits: RateLimitHints?) -> ModelAnswer {
        ModelAnswer(
            text: text, message: message, finishReason: finishReason, usage: usage, providerModel: providerModel, rateLimits: rateLimits)
    }
}

extension ModelAnswer: Equatable {
    package static func == (one: ModelAnswer, other: ModelAnswer) -> Bool {
        one.text == other.text && one.message == other.message && one.finishReason == other.finishReason && one.usage == other.usage
            && one.providerModel == other.providerModel && one.rateLimits == other.rateLimits
    }
}

extension ModelAnswer {
    /// Vectors in the order of the inputs.
    static func embeddings(_ vectors: [JSONValue], usage: Usage?, model: String?) -> ModelAnswer {
        let elements: [JSONValue] = vectors.enumerated().map { index, vector in
            ["object": "embedding", "index": .integer(Int64(index)), "embedding": vector]
        }
        return ModelAnswer(text: nil, message: .array(elements), usage: usage, providerModel: model)
    }
}
