import MoltBotCore

/// An answer that is being put together, whoever gives it.
struct AssistantMessage {
    var text = ""
    var reasoning = ""
    var toolCalls: [ToolCall] = []
    /// Members beside OpenAI's own that the provider wants to see again.
    var extra: [String: JSONValue] = [:]

    /// - Parameter finishReason: Already one of the common words.
    /// - Throws: ``ModelError/Kind/serverError`` when the model gave up without saying anything: that is no answer to pay for.
    func answer(finishReason: String?, usage: Usage?, model: String?) throws(WireFault) -> ModelAnswer {
        guard finishReason != FinishReason.error || !text.isEmpty || !toolCalls.isEmpty else {
            throw WireFault(.serverError, "The model stopped with an error before it said anything")
        }
        // Beside tool calls an empty text is none; alone it is an answer.
        let text = text.isEmpty && !toolCalls.isEmpty ? nil : text
        var message = extra
        message["role"] = "assistant"
        message["content"] = text.map(JSONValue.string) ?? .null
        if !reasoning.isEmpty { message["reasoning_content"] = .string(reasoning) }
        if !toolCalls.isEmpty { message["tool_calls"] = .array(toolCalls.map(\.encoded)) }
        return ModelAnswer(
            text: text, message: .object(message), finishReason: FinishReason.word(finishReason, hasToolCalls: !toolCalls.isEmpty),
            usage: usage, providerModel: model)
    }
}

/// Why answers end, in OpenAI's words for every provider.
enum FinishReason {
    static let stop = "stop"
    static let length = "length"
    static let toolCalls = "tool_calls"
    static let contentFilter = "content_filter"
    static let error = "error"

    /// Several services say `stop` also where the model called tools (Gemini, Ollama; OpenAI when the tool was forced).
    static func word(_ reason: String?, hasToolCalls: Bool) -> String? {
        reason == stop && hasToolCalls ? toolCalls : reason
    }
}
