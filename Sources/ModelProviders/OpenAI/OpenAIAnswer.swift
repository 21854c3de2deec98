import MoltBotCore

/// Reads OpenAI's answers.
enum OpenAIAnswer {
    static func read(_ document: JSONValue, operation: TaskRequest.Operation) throws(ModelError) -> ModelAnswer {
        switch operation {
        case .chat: try chatCompletion(document)
        case .embedding: try embeddings(document)
        }
    }

    private static func chatCompletion(_ document: JSONValue) throws(ModelError) -> ModelAnswer {
        guard let choice = document["choices"]?[0], let message = choice["message"], message.objectValue != nil else {
            throw incomplete("choices[0].message", document)
        }
        return ModelAnswer(
            text: message["content"]?.stringValue, message: message,
            finishReason: choice["finish_reason"]?.stringValue.map(finishReason), usage: document["usage"].flatMap(usage),
            providerModel: document["model"]?.stringValue)
    }

    private static func embeddings(_ document: JSONValue) throws(ModelError) -> ModelAnswer {
        guard let data = document["data"]?.arrayValue, !data.isEmpty else { throw incomplete("data", document) }
        let ordered = data.sorted { ($0["index"]?.integerValue ?? 0) < ($1["index"]?.integerValue ?? 0) }
        return ModelAnswer(
            text: nil, message: .array(ordered), usage: document["usage"].flatMap(usage), providerModel: document["model"]?.stringValue)
    }

    private static func incomplete(_ field: String, _ document: JSONValue) -> ModelError {
        ModelError(.serverError, message: "The answer has no \(field): \(BodyExcerpt(document.encode()))")
    }

    /// OpenAI counts cached tokens within the prompt and reasoning tokens within the completion, as ``Usage`` does.
    static func usage(_ value: JSONValue) -> Usage? {
        guard case .object = value else { return nil }
        func count(_ value: JSONValue?) -> Int { value?.integerValue.map { Int($0) } ?? 0 }
        return Usage(
            inputTokens: count(value["prompt_tokens"]), outputTokens: count(value["completion_tokens"]),
            cachedInputTokens: count(value["prompt_tokens_details"]?["cached_tokens"]),
            reasoningTokens: count(value["completion_tokens_details"]?["reasoning_tokens"]))
    }

    static func finishReason(_ reason: String) -> String {
        reason == "function_call" ? "tool_calls" : reason
    }
}
