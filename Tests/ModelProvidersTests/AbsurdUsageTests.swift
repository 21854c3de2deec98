import MoltBotCore
import Testing

@testable import ModelProviders

@Suite("Usage that no provider means") struct AbsurdUsageTests {
    private static let most = JSONValue.largestCount

    @Test("Parts that are added up end at the largest count, or at nothing", arguments: [(Int64.max, most), (Int64.min, 0)])
    func sums(told: Int64, read: Int) {
        let told = JSONValue.integer(told)
        let anthropic = AnthropicUsage([
            "input_tokens": told, "cache_creation_input_tokens": told, "cache_read_input_tokens": told, "output_tokens": told,
        ])
        #expect(
            anthropic.usage
                == Usage(inputTokens: read, outputTokens: read, cachedInputTokens: read, cacheWriteInputTokens: read))
        let gemini = GeminiUsage.read([
            "promptTokenCount": told, "toolUsePromptTokenCount": told, "thoughtsTokenCount": told, "candidatesTokenCount": told,
        ])
        #expect(gemini == Usage(inputTokens: read, outputTokens: read, reasoningTokens: read))
        #expect(OllamaUsage.read(["prompt_eval_count": told, "eval_count": told]) == Usage(inputTokens: read, outputTokens: read))
        let openAI = OpenAIUsage.read(["prompt_tokens": told, "completion_tokens": 1, "total_tokens": told])
        #expect(openAI == Usage(inputTokens: read, outputTokens: 1))
    }

    @Test("A usage without counts is none: what it cost is unknown, and not 0")
    func noCounts() {
        #expect(OpenAIUsage.read([:]) == nil)
        #expect(OpenAIUsage.read(["prompt_tokens": .null, "total_tokens": 7]) == nil)
        #expect(OpenAIUsage.read(["prompt_tokens": 7]) == Usage(inputTokens: 7, outputTokens: 0))
        #expect(GeminiUsage.read(["totalTokenCount": 7]) == nil)
        #expect(GeminiUsage.read(["candidatesTokenCount": 7]) == Usage(inputTokens: 0, outputTokens: 7))
    }
}
