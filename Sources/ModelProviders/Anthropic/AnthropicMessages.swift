import MoltBotCore

/// OpenAI's messages as Anthropic's turns: no system among them, the roles in turn, a tool's results in the user's turn and first in it.
enum AnthropicMessages {
    /// Nil when the conversation has no instructions.
    static func system(_ messages: [ChatMessage]) -> JSONValue? {
        let parts = messages.filter { $0.role == .system }.flatMap(\.parts)
        if parts.count == 1, parts[0].cacheControl == nil, case .text(let text) = parts[0].content { return .string(text) }
        let blocks = parts.compactMap { part -> JSONValue? in
            guard case .text(let text) = part.content else { return nil }
            return marked(["type": "text", "text": .string(text)], part.cacheControl)
        }
        return blocks.isEmpty ? nil : .array(blocks)
    }

    static func turns(_ messages: [ChatMessage]) throws(ModelError) -> JSONValue {
        var turns: [(role: String, blocks: [JSONValue])] = []
        for (index, message) in messages.enumerated() where message.role != .system {
            let role = message.role == .assistant ? "assistant" : "user"
            let blocks = try blocks(of: message, "messages[\(index)]")
            if let last = turns.indices.last, turns[last].role == role {
                turns[last].blocks += blocks
            } else if !blocks.isEmpty {
                turns.append((role, blocks))
            }
        }
        return .array(
            turns.map { turn in
                let results = turn.blocks.filter { $0["type"] == "tool_result" }
                let others = turn.blocks.filter { $0["type"] != "tool_result" }
                return ["role": .string(turn.role), "content": .array(results + others)]
            })
    }

    private static func blocks(of message: ChatMessage, _ path: String) throws(ModelError) -> [JSONValue] {
        var blocks: [JSONValue] = []
        if message.role == .assistant {
            // Back unchanged, or the provider refuses their signatures.
            blocks += message.source["thinking_blocks"]?.arrayValue ?? []
        }
        var content: [JSONValue] = []
        for (index, part) in message.parts.enumerated() {
            content.append(marked(try block(part.content, "\(path).content[\(index)]"), part.cacheControl))
        }
        if message.role == .tool {
            return [["type": "tool_result", "tool_use_id": .string(message.toolCallID ?? ""), "content": .array(content)]]
        }
        blocks += content
        for (index, call) in message.toolCalls.enumerated() {
            let input = try call.argumentObject("\(path).tool_calls[\(index)]")
            blocks.append(["type": "tool_use", "id": .string(call.id), "name": .string(call.name), "input": input])
        }
        return blocks
    }

    private static func block(_ part: ContentPart, _ path: String) throws(ModelError) -> [String: JSONValue] {
        switch part {
        case .text(let text): return ["type": "text", "text": .string(text)]
        case .image(let source): return ["type": "image", "source": self.source(source)]
        case .file(let source): return ["type": "document", "source": self.source(source)]
        case .audio: throw .refusal("\(path).type", expected: "text, image_url or file, which Anthropic can take", got: "input_audio")
        }
    }

    private static func source(_ source: MediaSource) -> JSONValue {
        switch source {
        case .base64(let mediaType, let data): ["type": "base64", "media_type": .string(mediaType), "data": .string(data)]
        case .url(let url): ["type": "url", "url": .string(url)]
        }
    }

    private static func marked(_ block: [String: JSONValue], _ cacheControl: JSONValue?) -> JSONValue {
        guard let cacheControl else { return .object(block) }
        return .object(block.merging(["cache_control": cacheControl]) { _, mark in mark })
    }
}
