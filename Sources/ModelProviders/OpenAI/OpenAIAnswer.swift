import MoltBotCore

/// Reads OpenAI's answers.
enum OpenAIAnswer {
    static func chatCompletion(_ document: JSONValue, naming: ToolCallNaming) throws(WireFault) -> ModelAnswer {
        let choices = document["choices"]?.arrayValue ?? []
        guard let choice = choices.first(where: isFirst), let members = choice["message"]?.objectValue else {
            throw .incomplete("choices[0].message", document)
        }
        var message = OpenAIMessage(naming: naming)
        message.add(members)
        return try message.answer(
            finishReason: finishReason(choice["finish_reason"]), usage: OpenAIUsage.find(in: document),
            model: document["model"]?.stringValue)
    }

    static func embeddings(_ document: JSONValue) throws(WireFault) -> ModelAnswer {
        guard let data = document["data"]?.arrayValue, !data.isEmpty, data.allSatisfy({ $0["embedding"] != nil }) else {
            throw .incomplete("data with embeddings", document)
        }
        let ordered = data.enumerated().sorted { position($0) < position($1) }.map { $0.element["embedding"] ?? .null }
        return .embeddings(ordered, usage: OpenAIUsage.read(document["usage"]), model: document["model"]?.stringValue)
    }

    private static func position(_ element: (offset: Int, element: JSONValue)) -> Int64 {
        element.element["index"]?.integerValue ?? Int64(element.offset)
    }

    /// Tasks get one answer, also where they ask for several.
    static func isFirst(_ choice: JSONValue) -> Bool { choice["index"]?.integerValue ?? 0 == 0 }

    /// In the common words; one that nobody documents stays as it is.
    static func finishReason(_ value: JSONValue?) -> String? {
        switch value?.stringValue {
        // Some services write the word while they are not done.
        case nil, "", "null": nil
        case "function_call": FinishReason.toolCalls
        case "eos", "end_turn", "stop_sequence": FinishReason.stop
        case "model_length", "max_tokens": FinishReason.length
        case "content_filtered", "safety", "sensitive": FinishReason.contentFilter
        // DeepSeek ran out of machines, vLLM gave the request up.
        case "insufficient_system_resource", "abort": FinishReason.error
        case let word: word
        }
    }
}
