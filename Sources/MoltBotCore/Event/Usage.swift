/// Tokens of a call, in OpenAI's way of counting: tokens read from or written to the provider's cache are part of the input, reasoning
/// tokens part of the output. So each token is in exactly one of two sums, and is paid for once.
package struct Usage: Sendable, Equatable {
    package let inputTokens: Int
    package let outputTokens: Int
    /// Of the input: read from the provider's prompt cache.
    package let cachedInputTokens: Int
    /// Of the input: written to the provider's prompt cache, which some of them charge more for.
    package let cacheWriteInputTokens: Int
    /// Of the output.
    package let reasoningTokens: Int

    /// Each count is held to 0 to ``JSONValue/largestCount``: it is another one's word, and is added up for as long as a process runs.
    package init(
        inputTokens: Int = 0, outputTokens: Int = 0, cachedInputTokens: Int = 0, cacheWriteInputTokens: Int = 0, reasoningTokens: Int = 0
    ) {
        self.inputTokens = Self.held(inputTokens)
        self.outputTokens = Self.held(outputTokens)
        self.cachedInputTokens = Self.held(cachedInputTokens)
        self.cacheWriteInputTokens = Self.held(cacheWriteInputTokens)
        self.reasoningTokens = Self.held(reasoningTokens)
    }

    private static func held(_ count: Int) -> Int { min(max(count, 0), JSONValue.largestCount) }
}
