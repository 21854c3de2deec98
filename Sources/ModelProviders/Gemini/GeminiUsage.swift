import MoltBotCore

/// Google counts cached tokens within the prompt, but thoughts beside the answer.
enum GeminiUsage {
    static func read(_ value: JSONValue?) -> Usage? {
        guard let value, value["promptTokenCount"]?.countValue != nil || value["candidatesTokenCount"]?.countValue != nil else {
            return nil
        }
        func count(_ name: String) -> Int { value[name]?.countValue ?? 0 }
        let input = count("promptTokenCount") + count("toolUsePromptTokenCount")
        let thoughts = count("thoughtsTokenCount")
        return Usage(
            inputTokens: input, outputTokens: count("candidatesTokenCount") + thoughts,
            cachedInputTokens: min(count("cachedContentTokenCount"), input), reasoningTokens: thoughts)
    }
}
