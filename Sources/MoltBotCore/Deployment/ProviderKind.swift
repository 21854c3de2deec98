/// Who runs a model, by the name people write: decides the wire format, the default address and whose price list applies.
package struct ProviderKind: Sendable, Hashable, CustomStringConvertible {
    /// The protocols MoltBot speaks.
    package enum WireFormat: String, Sendable, CaseIterable {
        case openAI = "openai"
        case anthropic
        case gemini
        case ollama
        case azure
        case echo
    }

    package let name: String
    package let wireFormat: WireFormat
    /// Where the provider is when a deployment does not say; nil when each customer has an address of its own.
    package let defaultBaseURL: String?

    private init(_ name: String, _ wireFormat: WireFormat, _ defaultBaseURL: String? = nil) {
        self.name = name
        self.wireFormat = wireFormat
        self.defaultBaseURL = defaultBaseURL
    }

    package static let openAI = ProviderKind("openai", .openAI, "https://api.openai.com/v1")
    package static let openAICompatible = ProviderKind("openai-compatible", .openAI)
    package static let anthropic = ProviderKind("anthropic", .anthropic, "https://api.anthropic.com")
    package static let gemini = ProviderKind("gemini", .gemini, "https://generativelanguage.googleapis.com")
    package static let ollama = ProviderKind("ollama", .ollama, "http://127.0.0.1:11434")
    package static let azure = ProviderKind("azure", .azure)
    package static let echo = ProviderKind("echo", .echo, "")

    /// The addresses are those of the providers' own documentation.
    package static let all: [ProviderKind] = [
        openAI, openAICompatible, anthropic, gemini, ollama, azure, echo,
        ProviderKind("deepseek", .openAI, "https://api.deepseek.com/v1"),
        ProviderKind("groq", .openAI, "https://api.groq.com/openai/v1"),
        ProviderKind("mistral", .openAI, "https://api.mistral.ai/v1"),
        ProviderKind("moonshot", .openAI, "https://api.moonshot.ai/v1"),
        ProviderKind("openrouter", .openAI, "https://openrouter.ai/api/v1"),
        ProviderKind("qwen", .openAI, "https://dashscope-intl.aliyuncs.com/compatible-mode/v1"),
        ProviderKind("together", .openAI, "https://api.together.xyz/v1"),
        ProviderKind("vllm", .openAI),
        ProviderKind("xai", .openAI, "https://api.x.ai/v1"),
    ]

    private static let byName = Dictionary(all.map { ($0.name, $0) }) { first, _ in first }

    /// Nil for a name nobody knows.
    package init?(name: String) {
        guard let known = Self.byName[name] else { return nil }
        self = known
    }

    package var description: String { name }
}
