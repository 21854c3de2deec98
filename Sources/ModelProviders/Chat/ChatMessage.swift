import MoltBotCore

/// A message of a conversation, read from OpenAI's form for providers that have another one.
struct ChatMessage {
    enum Role: String {
        case system
        case user
        case assistant
        case tool
    }

    /// A part and the caching mark it came with (`cache_control`, Anthropic's own, which other gateways accept as well).
    struct Part {
        var content: ContentPart
        var cacheControl: JSONValue?
    }

    var role: Role
    var parts: [Part]
    var toolCalls: [ToolCall] = []
    /// Which call a tool's message answers.
    var toolCallID: String?
    /// The name of the function that a tool's message answers, found by its id in the conversation.
    var toolName: String?
    /// The message as it came, for what only one provider knows.
    var source: JSONValue

    /// The texts alone.
    var text: String {
        parts.compactMap { if case .text(let text) = $0.content { text } else { nil } }.joined(separator: "\n")
    }

    /// - Throws: ``ModelError/Kind/invalidRequest`` with the path of what is wrong.
    static func read(_ content: TaskRequest.Content) throws(ModelError) -> [ChatMessage] {
        switch content {
        case .prompt(let text): return [ChatMessage(role: .user, parts: [Part(content: .text(text))], source: [:])]
        case .input: return []
        case .messages(let values):
            var messages: [ChatMessage] = []
            // The newest name of an id counts: some providers number the calls of each answer from 0.
            var names: [String: String] = [:]
            for (index, value) in values.enumerated() {
                var message = try ChatMessage(value, "messages[\(index)]")
                for call in message.toolCalls { names[call.id] = call.name }
                message.toolName = value["name"]?.stringValue ?? message.toolCallID.flatMap { names[$0] }
                messages.append(message)
            }
            return messages
        }
    }

    private init(role: Role, parts: [Part], source: JSONValue) {
        (self.role, self.parts, self.source) = (role, parts, source)
    }

    private init(_ value: JSONValue, _ path: String) throws(ModelError) {
        let word = value["role"]?.stringValue
        guard let role = Role(rawValue: word == "developer" ? "system" : word ?? "") else {
            throw .refusal("\(path).role", expected: "system, developer, user, assistant or tool", got: value["role"])
        }
        self.init(role: role, parts: try Self.parts(value["content"] ?? .null, "\(path).content"), source: value)
        for (index, call) in (value["tool_calls"]?.arrayValue ?? []).enumerated() {
            toolCalls.append(try Self.toolCall(call, "\(path).tool_calls[\(index)]"))
        }
        guard role == .tool else { return }
        toolCallID = value["tool_call_id"]?.stringValue
        if toolCallID == nil { throw .refusal("\(path).tool_call_id", expected: "the id of a tool call", got: value["tool_call_id"]) }
    }

    private static func parts(_ content: JSONValue, _ path: String) throws(ModelError) -> [Part] {
        switch content {
        case .null: return []
        // No provider takes an empty text, and an assistant's is empty beside its tool calls.
        case .string(let text): return text.isEmpty ? [] : [Part(content: .text(text))]
        case .array(let values):
            var parts: [Part] = []
            for (index, value) in values.enumerated() {
                let part = try ContentPart(value, "\(path)[\(index)]")
                if part != .text("") { parts.append(Part(content: part, cacheControl: value["cache_control"])) }
            }
            return parts
        default: throw .refusal(path, expected: "a string or an array of parts", got: content)
        }
    }

    private static func toolCall(_ value: JSONValue, _ path: String) throws(ModelError) -> ToolCall {
        guard let id = value["id"]?.stringValue, let name = value["function"]?["name"]?.stringValue else {
            throw .refusal(path, expected: "\"id\" and \"function\" with its \"name\"", got: value)
        }
        let arguments = value["function"]?["arguments"] ?? ""
        return ToolCall(
            id: id, name: name, arguments: arguments.stringValue ?? arguments.description, extraContent: value["extra_content"])
    }
}
