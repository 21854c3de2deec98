import MoltBotCore

/// Anthropic counts the parts of the input apart from each other: read from the cache, written to it, and the rest.
struct AnthropicUsage {
    private var input: Int?
    private var written: Int?
    private var read: Int?
    private var output: Int?

    init(_ value: JSONValue? = nil) {
        update(value)
    }

    /// A stream reports several times, each time all there is so far, not what came since: the newest count of each part holds.
    mutating func update(_ value: JSONValue?) {
        input = value?["input_tokens"]?.countValue ?? input
        written = value?["cache_creation_input_tokens"]?.countValue ?? written
        read = value?["cache_read_input_tokens"]?.countValue ?? read
        output = value?["output_tokens"]?.countValue ?? output
    }

    /// Nil when the provider counted nothing. Thoughts are part of the output, and not counted apart.
    var usage: Usage? {
        guard input != nil || output != nil else { return nil }
        return Usage(
            inputTokens: (input ?? 0) + (written ?? 0) + (read ?? 0), outputTokens: output ?? 0, cachedInputTokens: read ?? 0,
            cacheWriteInputTokens: written ?? 0)
    }
}
