import MoltBotCore

/// OpenAI's messages as Gemini's contents: roles `user` and `model` in turn, the instructions apart.
enum GeminiContents {
    static func systemInstruction(_ messages: [ChatMessage]) -> JSONValue? {
        let texts = messages.filter { $0.role == .system }.flatMap(\.parts).compactMap { part -> JSONValue? in
            if case .text(let text) = part.content { ["text": .string(text)] } else { nil }
        }
        return texts.isEmpty ? nil : ["parts": .array(texts)]
    }

    static func turns(_ messages: [ChatMessage]) throws(ModelError) -> JSONValue {
        var turns: [(role: String, parts: [JSONValue])] = []
        for (index, message) in messages.enumerated() where message.role != .system {
            let role = message.role == .assistant ? "model" : "user"
            let parts = try parts(of: message, "messages[\(index)]")
            if let last = turns.indices.last, turns[last].role == role {
                turns[last].parts += parts
            } else if !parts.isEmpty {
                turns.append((role, parts))
            }
        }
        return .array(turns.map { ["role": .string($0.role), "parts": .array($0.parts)] })
    }

    private static func parts(of message: ChatMessage, _ path: String) throws(ModelError) -> [JSONValue] {
        if message.role == .tool { return [try functionResponse(message, path)] }
        var parts = message.parts.map { part($0.content) }
        for (index, call) in message.toolCalls.enumerated() {
            let arguments = try call.argumentObject("\(path).tool_calls[\(index)]")
            parts.append(signed(["functionCall": ["name": .string(call.name), "args": arguments]], call.extraContent))
        }
        // A signature of the text belongs to its last part.
        if message.toolCalls.isEmpty, let last = parts.last?.objectValue {
            parts[parts.count - 1] = signed(last, message.source["extra_content"])
        }
        return parts
    }

    private static func part(_ content: ContentPart) -> JSONValue {
        switch content {
        case .text(let text): ["text": .string(text)]
        case .image(let source), .audio(let source), .file(let source):
            switch source {
            case .base64(let mediaType, let data): ["inlineData": ["mimeType": .string(mediaType), "data": .string(data)]]
            case .url(let url):
                ["fileData": ["mimeType": .string(MediaSource.mediaType(ofURL: url) ?? "image/jpeg"), "fileUri": .string(url)]]
            }
        }
    }

    /// The response is an object; a text that is none becomes its `result`.
    private static func functionResponse(_ message: ChatMessage, _ path: String) throws(ModelError) -> JSONValue {
        guard let name = message.toolName else {
            throw .refusal(
                "\(path).tool_call_id", expected: "the id of a tool call before it", got: message.toolCallID.map(JSONValue.string))
        }
        let parsed = (try? JSONValue.parse(message.text))?.objectValue.map(JSONValue.object)
        return ["functionResponse": ["name": .string(name), "response": parsed ?? ["result": .string(message.text)]]]
    }

    /// Google's own place for a thought's signature in OpenAI's form; on the same part as it came, or the model forgets the thought.
    private static func signed(_ part: [String: JSONValue], _ extraContent: JSONValue?) -> JSONValue {
        guard let signature = extraContent?["google"]?["thought_signature"] else { return .object(part) }
        return .object(part.merging(["thoughtSignature": signature]) { _, new in new })
    }
}
