import MoltBotCore
import Testing

/// A call's usage and what it costs by the providers' lists.
///
/// The dollars were worked out apart from this program, in decimal arithmetic: (input - cached - written) x input price + cached x cache
/// price + written x write price + output x output price, each at the price of the input's tier.
struct Priced: Sendable, CustomTestStringConvertible {
    let provider: String
    let model: String
    let usage: Usage
    let dollars: Double

    /// The numbers are tokens: input, of it cached, of it written to the cache, output, of it reasoning.
    init(
        _ provider: String, _ model: String, _ input: Int, _ cached: Int, _ written: Int, _ output: Int, _ reasoning: Int, _ dollars: Double
    ) {
        self.provider = provider
        self.model = model
        self.dollars = dollars
        usage = Usage(
            inputTokens: input, outputTokens: output, cachedInputTokens: cached, cacheWriteInputTokens: written, reasoningTokens: reasoning)
    }

    var testDescription: String { "\(model): \(usage.inputTokens) in, \(usage.outputTokens) out" }

    static let table: [Priced] = [
        Priced("openai", "gpt-4o", 12, 0, 0, 6, 0, 0.00009),
        Priced("openai", "gpt-4o", 2000, 1536, 0, 300, 0, 0.00608),
        Priced("openai", "gpt-4o", 128000, 0, 0, 16384, 0, 0.48384),
        Priced("openai", "gpt-4o-mini", 1, 0, 0, 1, 0, 0.00000075),
        Priced("openai", "gpt-4o-mini", 9999, 8192, 0, 777, 0, 0.00135165),
        Priced("openai", "gpt-4.1", 1047576, 0, 0, 32768, 0, 2.357296),
        Priced("openai", "gpt-4.1", 5000, 4096, 0, 10, 0, 0.003936),
        Priced("openai", "gpt-4.1-nano", 3, 0, 0, 2, 0, 0.0000011),
        Priced("openai", "o3", 1200, 0, 0, 5000, 4800, 0.0424),
        Priced("openai", "o3", 20000, 19968, 0, 900, 900, 0.017248),
        Priced("openai", "o4-mini", 333, 128, 0, 4444, 4000, 0.0198143),
        Priced("openai", "gpt-5", 400000, 0, 0, 128000, 100000, 1.78),
        Priced("openai", "gpt-5", 1024, 1024, 0, 1, 0, 0.000138),
        Priced("openai", "gpt-5-mini", 77, 0, 0, 1300, 1280, 0.00261925),
        Priced("openai", "gpt-5-mini", 65536, 65536, 0, 0, 0, 0.0016384),
        Priced("openai", "gpt-5-nano", 1000000, 0, 0, 1, 0, 0.0500004),
        Priced("openai", "gpt-5.1", 2222, 1111, 0, 333, 222, 0.004857625),
        Priced("openai", "gpt-5.5", 272000, 0, 0, 100, 50, 1.363),
        Priced("openai", "gpt-5.5", 272001, 200000, 0, 100, 50, 0.92451),
        Priced("openai", "gpt-3.5-turbo", 4096, 0, 0, 512, 0, 0.002816),
        Priced("openai", "gpt-4", 8000, 0, 0, 192, 0, 0.25152),
        Priced("openai", "text-embedding-3-small", 8191, 0, 0, 0, 0, 0.00016382),
        Priced("openai", "text-embedding-3-large", 300, 0, 0, 0, 0, 0.000039),
        Priced("anthropic", "claude-haiku-4-5", 2103, 2000, 0, 503, 0, 0.002818),
        Priced("anthropic", "claude-haiku-4-5", 2103, 0, 2000, 503, 0, 0.005118),
        Priced("anthropic", "claude-haiku-4-5", 100, 0, 0, 1, 0, 0.000105),
        Priced("anthropic", "claude-sonnet-4-5", 21, 0, 0, 305, 0, 0.004638),
        Priced("anthropic", "claude-sonnet-4-5", 50000, 45000, 4000, 1200, 0, 0.0495),
        Priced("anthropic", "claude-sonnet-4-5", 180000, 0, 179990, 8000, 0, 0.7949925),
        Priced("anthropic", "claude-sonnet-4-6", 250000, 200000, 40000, 900, 0, 0.2535),
        Priced("anthropic", "claude-opus-4-5", 8888, 0, 8000, 64000, 0, 1.65444),
        Priced("anthropic", "claude-opus-4-5", 199999, 100000, 50000, 1, 0, 0.61252),
        Priced("anthropic", "claude-opus-4-7", 900000, 890000, 5000, 12000, 0, 0.80125),
        Priced("anthropic", "claude-haiku-5-5", 100000, 50000, 1000, 700, 0, 0.005875),
        Priced("anthropic", "claude-haiku-5-5", 100001, 50000, 1000, 700, 0, 0.0293755),
        Priced("anthropic", "claude-opus-5", 64, 0, 0, 64, 0, 0.00192),
        Priced("gemini", "gemini-2.5-pro", 200000, 0, 0, 65536, 60000, 0.90536),
        Priced("gemini", "gemini-2.5-pro", 200001, 0, 0, 65536, 60000, 1.4830425),
        Priced("gemini", "gemini-2.5-pro", 500000, 400000, 0, 1000, 900, 0.365),
        Priced("gemini", "gemini-2.5-pro", 10, 0, 0, 2000, 1990, 0.0200125),
        Priced("gemini", "gemini-2.5-flash", 1048576, 1000000, 0, 65536, 30000, 0.2084128),
        Priced("gemini", "gemini-2.5-flash", 258, 0, 0, 40, 0, 0.0001774),
        Priced("gemini", "gemini-2.5-flash-lite", 123456, 0, 0, 789, 0, 0.0126612),
        Priced("gemini", "gemini-3.1-pro-preview", 199999, 1, 0, 1, 0, 0.4000082),
        Priced("gemini", "gemini-3.1-pro-preview", 300000, 250000, 0, 5000, 4000, 0.39),
        Priced("gemini", "gemini-embedding-001", 2048, 0, 0, 0, 0, 0.0003072),
        Priced("deepseek", "deepseek-chat", 64000, 60000, 0, 8192, 0, 0.00624064),
        Priced("deepseek", "deepseek-chat", 1, 1, 0, 0, 0, 0.000000028),
        Priced("deepseek", "deepseek-reasoner", 500, 0, 0, 32000, 31000, 0.01358),
        Priced("mistral", "mistral-large-latest", 128000, 0, 0, 4000, 0, 0.07),
        Priced("mistral", "mistral-small-latest", 321, 0, 0, 123, 0, 0.00012195),
        Priced("mistral", "codestral-latest", 9000, 0, 0, 50, 0, 0.002745),
        Priced("groq", "openai/gpt-oss-120b", 3000, 0, 0, 1500, 900, 0.00135),
        Priced("groq", "openai/gpt-oss-20b", 3000, 1000, 0, 1500, 0, 0.0006375),
        Priced("qwen", "qwen-max", 30720, 0, 0, 8192, 0, 0.1015808),
        Priced("moonshot", "kimi-k2.5", 100000, 90000, 0, 3000, 2000, 0.024),
        Priced("moonshot", "kimi-k3", 4500, 0, 0, 12, 0, 0.01368),
        Priced("deepseek", "deepseek-v4-pro", 70000, 65000, 0, 900, 0, 0.013024),
        Priced("gemini", "gemini-3.8-flash", 40000, 39000, 0, 2500, 2000, 0.01305),
        Priced("openai", "gpt-6-sol", 15000, 10000, 0, 800, 600, 0.02),
        Priced("xai", "grok-4.5", 7000, 3500, 0, 2100, 2000, 0.02065),
        Priced("xai", "grok-4.5", 200001, 0, 0, 100, 0, 0.801204),
    ]
}
