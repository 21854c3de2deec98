import MoltBotCore

/// The content blocks of an answer, whole or growing.
struct AnthropicContent {
    /// Whether ``AnthropicRequestBody/jsonTool``'s arguments are the answer's text.
    private let isJSONToolText: Bool
    private var blocks: [Int: Block] = [:]

    private enum Block {
        case text(String)
        case tool(id: String, name: String, whole: JSONValue, pieces: String)
        /// Arguments of the tool that answers.
        case json(whole: JSONValue, pieces: String)
        /// Thoughts, open or redacted, as the provider wants them back.
        case thinking([String: JSONValue])
    }

    init(isJSONToolText: Bool) {
        self.isJSONToolText = isJSONToolText
    }

    var hasBegun: Bool { !blocks.isEmpty }

    /// - Returns: The text that the block begins with.
    @discardableResult
    mutating func begin(_ index: Int, _ value: JSONValue) -> String? {
        switch value["type"]?.stringValue {
        case "text":
            let text = value["text"]?.stringValue ?? ""
            blocks[index] = .text(text)
            return text
        case "tool_use":
            let name = value["name"]?.stringValue ?? ""
            let input = value["input"] ?? [:]
            blocks[index] =
                isJSONToolText && name == AnthropicRequestBody.jsonTool
                ? .json(whole: input, pieces: "") : .tool(id: value["id"]?.stringValue ?? "", name: name, whole: input, pieces: "")
        case "thinking", "redacted_thinking":
            blocks[index] = .thinking(value.objectValue ?? [:])
        default: break  // The provider's own tools, and blocks of the future.
        }
        return nil
    }

    /// - Returns: The text that came.
    mutating func extend(_ index: Int, _ delta: JSONValue) -> String? {
        switch (delta["type"]?.stringValue, blocks[index]) {
        case ("text_delta", .text(let text)):
            let piece = delta["text"]?.stringValue ?? ""
            blocks[index] = .text(text + piece)
            return piece
        case ("input_json_delta", .tool(let id, let name, let whole, let pieces)):
            blocks[index] = .tool(id: id, name: name, whole: whole, pieces: pieces + (delta["partial_json"]?.stringValue ?? ""))
        case ("input_json_delta", .json(let whole, let pieces)):
            let piece = delta["partial_json"]?.stringValue ?? ""
            blocks[index] = .json(whole: whole, pieces: pieces + piece)
            return piece
        case ("thinking_delta", .thinking(let members)): blocks[index] = .thinking(Self.joined(members, "thinking", delta))
        case ("signature_delta", .thinking(let members)): blocks[index] = .thinking(Self.joined(members, "signature", delta))
        default: break  // Citations, and deltas of the future.
        }
        return nil
    }

    private static func joined(_ members: [String: JSONValue], _ name: String, _ delta: JSONValue) -> [String: JSONValue] {
        var members = members
        members[name] = .string((members[name]?.stringValue ?? "") + (delta[name]?.stringValue ?? ""))
        return members
    }

    var message: AssistantMessage {
        var message = AssistantMessage()
        var thoughts: [JSONValue] = []
        for (_, block) in blocks.sorted(by: { $0.key < $1.key }) {
            switch block {
            case .text(let text): message.text += text
            case .json(let whole, let pieces): message.text += pieces.isEmpty ? whole.description : pieces
            case .tool(let id, let name, let whole, let pieces):
                message.toolCalls.append(ToolCall(id: id, name: name, arguments: pieces.isEmpty ? whole.description : pieces))
            case .thinking(let members):
                thoughts.append(.object(members))
                message.reasoning += members["thinking"]?.stringValue ?? ""
            }
        }
        if !thoughts.isEmpty { message.extra["thinking_blocks"] = .array(thoughts) }
        return message
    }

    func finishReason(_ value: JSONValue?) -> String? {
        switch value?.stringValue {
        case "end_turn", "stop_sequence": FinishReason.stop
        case "max_tokens", "model_context_window_exceeded": FinishReason.length
        // The tool that answers is none of the task's.
        case "tool_use": message.toolCalls.isEmpty ? FinishReason.stop : FinishReason.toolCalls
        case "refusal": FinishReason.contentFilter
        // `pause_turn` asks to send the content back, which is the task's to decide.
        case let word: word
        }
    }
}
