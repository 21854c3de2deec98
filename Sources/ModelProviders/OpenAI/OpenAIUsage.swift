import MoltBotCore

/// Reads how OpenAI-compatible services count tokens.
enum OpenAIUsage {
    /// Where the usage of an answer or of a stream's event is: at its usual place, in Groq's own object, or in Moonshot's last choice.
    static func find(in document: JSONValue) -> Usage? {
        read(document["usage"]) ?? read(document["x_groq"]?["usage"]) ?? read(document["choices"]?[0]?["usage"])
    }

    /// OpenAI counts cached tokens within the prompt and reasoning tokens within the completion, as ``Usage`` does.
    static func read(_ value: JSONValue?) -> Usage? {
        // Without a count nobody knows what it cost, and 0 would be a price.
        guard let value, value["prompt_tokens"]?.countValue != nil || value["completion_tokens"]?.countValue != nil else { return nil }
        let prompt = value["prompt_tokens_details"]
        let input = count(value["prompt_tokens"])
        let cached =
            prompt?["cached_tokens"] ?? value["prompt_cache_hit_tokens"] /* DeepSeek */ ?? value["cached_tokens"] /* Moonshot */
        // Qwen and gateways in front of Anthropic.
        let written = prompt?["cache_write_tokens"] ?? prompt?["cache_creation_input_tokens"] ?? value["cache_creation_input_tokens"]
        let cachedInput = min(count(cached), input)
        return Usage(
            inputTokens: input, outputTokens: output(value, input: input), cachedInputTokens: cachedInput,
            cacheWriteInputTokens: min(count(written), input - cachedInput),
            reasoningTokens: count(value["completion_tokens_details"]?["reasoning_tokens"]))
    }

    /// xAI and Google leave reasoning out of the completion and have it in the total only; everybody bills it as output.
    private static func output(_ value: JSONValue, input: Int) -> Int {
        let completion = count(value["completion_tokens"])
        guard value["completion_tokens"]?.integerValue != nil, value["prompt_tokens"]?.integerValue != nil else { return completion }
        return max(completion, count(value["total_tokens"]) - input)
    }

    private static func count(_ value: JSONValue?) -> Int {
        value?.countValue ?? 0
    }
}
