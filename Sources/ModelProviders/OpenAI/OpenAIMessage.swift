import MoltBotCore

/// An OpenAI message that comes whole or in deltas: the same members, the texts of several deltas joined.
struct OpenAIMessage {
    private let naming: ToolCallNaming
    private var message = AssistantMessage()
    private var toolCalls = ToolCallAssembly()

    init(naming: ToolCallNaming) {
        self.naming = naming
    }

    /// - Returns: The text that came.
    @discardableResult
    mutating func add(_ members: [String: JSONValue]) -> String? {
        var piece: String?
        for (name, value) in members {
            switch (name, value) {
            case ("role", _), (_, .null): break
            case ("content", _):
                let (text, thoughts) = Self.content(value)
                message.text += text
                message.reasoning += thoughts
                piece = text
            // DeepSeek, Qwen, Moonshot and others; vLLM, Groq and OpenRouter have the shorter name.
            case ("reasoning_content", .string(let text)), ("reasoning", .string(let text)):
                // Those that send both names send the same text.
                if name == "reasoning_content" || members["reasoning_content"]?.stringValue == nil { message.reasoning += text }
            case ("tool_calls", .array(let calls)): for call in calls { toolCalls.add(call) }
            case (_, .string(let text)): message.extra[name] = .string((message.extra[name]?.stringValue ?? "") + text)
            case (_, .array(let elements)) where !elements.isEmpty:
                message.extra[name] = .array((message.extra[name]?.arrayValue ?? []) + elements)
            case (_, .object): message.extra[name] = value
            default: break
            }
        }
        return piece
    }

    func answer(finishReason: String?, usage: Usage?, model: String?) throws(WireFault) -> ModelAnswer {
        var message = message
        message.toolCalls = toolCalls.calls(naming)
        return try message.answer(finishReason: finishReason, usage: usage, model: model)
    }

    /// Text, or the parts that Mistral's reasoning models answer with.
    private static func content(_ value: JSONValue) -> (text: String, thoughts: String) {
        if let text = value.stringValue { return (text, "") }
        var (text, thoughts) = ("", "")
        for part in value.arrayValue ?? [] {
            text += part["text"]?.stringValue ?? ""
            thoughts +=
                part["thinking"]?.stringValue ?? (part["thinking"]?.arrayValue ?? []).compactMap { $0["text"]?.stringValue }.joined()
        }
        return (text, thoughts)
    }
}
