import MoltBotCore

/// OpenAI's messages as Ollama's: one text each, images beside it without `data:`, arguments of tool calls as objects.
enum OllamaMessages {
    static func encode(_ messages: [ChatMessage]) throws(ModelError) -> JSONValue {
        var encoded: [JSONValue] = []
        for (index, message) in messages.enumerated() { encoded.append(try encode(message, "messages[\(index)]")) }
        return .array(encoded)
    }

    private static func encode(_ message: ChatMessage, _ path: String) throws(ModelError) -> JSONValue {
        var members: [String: JSONValue] = ["role": .string(message.role.rawValue), "content": .string(message.text)]
        var images: [JSONValue] = []
        for (index, part) in message.parts.enumerated() {
            switch part.content {
            case .text: break
            case .image(.base64(_, let data)): images.append(.string(data))
            case .image(.url(let url)):
                throw .refusal(
                    "\(path).content[\(index)].image_url.url", expected: "a data URL, because Ollama fetches no images", got: .string(url))
            case .audio, .file:
                throw .refusal(
                    "\(path).content[\(index)].type", expected: "text or image_url, which Ollama can take",
                    got: message.source["content"]?[index]?["type"])
            }
        }
        if !images.isEmpty { members["images"] = .array(images) }
        if let thoughts = message.source["reasoning_content"] { members["thinking"] = thoughts }
        if let name = message.toolName { members["tool_name"] = .string(name) }
        var calls: [JSONValue] = []
        for (index, call) in message.toolCalls.enumerated() {
            let arguments = try call.argumentObject("\(path).tool_calls[\(index)]")
            calls.append(["function": ["name": .string(call.name), "arguments": arguments]])
        }
        if !calls.isEmpty { members["tool_calls"] = .array(calls) }
        return .object(members)
    }
}
