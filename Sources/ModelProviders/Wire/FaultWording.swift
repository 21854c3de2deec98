import MoltBotCore

/// Classes that services tell apart only by their sentences.
enum FaultWording {
    /// vLLM, llama.cpp, Mistral, Anthropic, Gemini, Ollama, in this order.
    private static let contextLength = [
        "maximum context length", "context size", "too large for model", "prompt is too long", "exceed context limit",
        "exceeds the maximum number of tokens", "context length",
    ]
    /// Anthropic twice, DeepSeek, Google.
    private static let quota = [
        "reached your specified api usage limits", "credit balance is too low", "insufficient balance", "spending cap",
    ]
    private static let contentPolicy = ["content filtering policy", "content management policy"]
    /// xAI and Google answer a wrong key with status 400.
    private static let auth = ["incorrect api key", "api key not valid", "api key expired"]

    /// Nil when the sentence is none of these.
    static func kind(of message: String) -> ModelError.Kind? {
        let message = message.lowercased()
        func says(_ phrases: [String]) -> Bool { phrases.contains(where: message.contains) }
        if says(quota) { return .quotaExhausted }
        if says(contextLength) { return .contextLength }
        if says(contentPolicy) { return .contentPolicy }
        if says(auth) { return .auth }
        return nil
    }
}
