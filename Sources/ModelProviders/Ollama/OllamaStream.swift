import MoltBotCore

/// Puts an answer together from one response, or from the lines of a stream.
struct OllamaStream: AnswerStream {
    private let naming: ToolCallNaming
    private var message = AssistantMessage()
    private var reason: String?
    private var usage: Usage?
    private var model: String?
    private(set) var hasBegun = false
    /// The line with `"done": true` is the last, and has the counts.
    private(set) var isTerminated = false

    init(naming: ToolCallNaming) {
        self.naming = naming
    }

    var isFinished: Bool { isTerminated }

    mutating func receive(_ line: JSONValue) -> String? {
        model = line["model"]?.stringValue ?? model
        if line["done"] == true {
            isTerminated = true
            reason = line["done_reason"]?.stringValue ?? FinishReason.stop
            usage = OllamaUsage.read(line)
        }
        guard let piece = line["message"] else { return nil }
        hasBegun = true
        message.reasoning += piece["thinking"]?.stringValue ?? ""
        // Calls come whole, as objects and mostly without an id.
        for call in piece["tool_calls"]?.arrayValue ?? [] {
            let arguments = call["function"]?["arguments"] ?? [:]
            message.toolCalls.append(
                ToolCall(
                    id: call["id"]?.stringValue ?? naming.id(message.toolCalls.count), name: call["function"]?["name"]?.stringValue ?? "",
                    arguments: arguments.stringValue ?? arguments.description))
        }
        let text = piece["content"]?.stringValue ?? ""
        message.text += text
        return text
    }

    func answer() throws(WireFault) -> ModelAnswer {
        try message.answer(finishReason: reason, usage: usage, model: model)
    }
}

/// Ollama counts what it evaluated.
enum OllamaUsage {
    /// Nil when neither count is there. A prompt that was still in memory has none, and costs nothing.
    static func read(_ document: JSONValue) -> Usage? {
        let input = document["prompt_eval_count"]?.countValue
        let output = document["eval_count"]?.countValue
        guard input != nil || output != nil else { return nil }
        return Usage(inputTokens: input ?? 0, outputTokens: output ?? 0)
    }
}
