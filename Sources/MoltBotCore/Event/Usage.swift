/// Tokens of a call, in OpenAI's way of counting: tokens read from or written to the provider's cache are part of the input, reasoning
/// tokens part of the output. So each token is in exactly one of two sums, and is paid for once.
package struct Usage: Sendable, Equatable {
    package var inputTokens: Int
    package var outputTokens: Int
    /// Of the input: read from the provider's prompt cache.
    package var cachedInputTokens: Int
    /// Of the input: written to the provider's prompt cache, which some of them charge more for.
    package var cacheWriteInputTokens: Int
    /// Of the output.
    package var reasoningTokens: Int

    package init(
        inputTokens: Int = 0, outputTokens: Int = 0, cachedInputTokens: Int = 0, cacheWriteInputTokens: Int = 0, reasoningTokens: Int = 0
    ) {
        self.inputTokens = inputTokens
        self.outputTokens = outputTokens
        self.cachedInputTokens = cachedInputTokens
        self.cacheWriteInputTokens = cacheWriteInputTokens
        self.reasoningTokens = reasoningTokens
    }
}
