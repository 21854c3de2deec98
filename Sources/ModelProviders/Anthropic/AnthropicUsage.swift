import MoltBotCore

/// Anthropic counts the parts of the input apart from each other: read from the cache, written to it, and the rest.
struct AnthropicUsage {
    private var input: Int64?
    private var written: Int64?
    private var read: Int64?
    private var output: Int64?

    init(_ value: JSONValue? = nil) {
        update(value)
    }

    /// A stream reports several times, each time all there is so far, not what came since: the newest count of each part holds.
    mutating func update(_ value: JSONValue?) {
        input = value?["input_tokens"]?.integerValue ?? input
        written = value?["cache_creation_input_tokens"]?.integerValue ?? written
        read = value?["cache_read_input_tokens"]?.integerValue ?? read
        output = value?["output_tokens"]?.integerValue ?? output
    }

    /// Nil when the provider counted nothing. Thoughts are part of the output, and not counted apart.
    var usage: Usage? {
        guard input != nil || output != nil else { return nil }
        func count(_ value: Int64?) -> Int { max(0, Int(value ?? 0)) }
        return Usage(
            inputTokens: count(input) + count(written) + count(read), outputTokens: count(output), cachedInputTokens: count(read),
            cacheWriteInputTokens: count(written))
    }
}
