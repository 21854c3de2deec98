import MoltBotCore

/// Puts an answer together from one response, or from a stream of them whose parts are deltas.
struct GeminiStream: AnswerStream {
    private let naming: ToolCallNaming
    private var message = AssistantMessage()
    private var reason: String?
    /// Every event has running totals.
    private var usage: Usage?
    private var model: String?
    private(set) var hasBegun = false

    init(naming: ToolCallNaming) {
        self.naming = naming
    }

    var isFinished: Bool { reason != nil }
    /// There is no last event; the stream just ends.
    var isTerminated: Bool { false }

    mutating func receive(_ response: JSONValue) throws(WireFault) -> String? {
        model = response["modelVersion"]?.stringValue ?? model
        usage = GeminiUsage.read(response["usageMetadata"]) ?? usage
        if let block = response["promptFeedback"]?["blockReason"]?.stringValue, block != "BLOCK_REASON_UNSPECIFIED" {
            let detail = response["promptFeedback"]?["blockReasonMessage"]?.stringValue.map { ": \($0)" } ?? ""
            throw WireFault(.contentPolicy, "The prompt was blocked (\(block))\(detail)")
        }
        guard let candidate = response["candidates"]?.arrayValue?.first(where: { $0["index"]?.integerValue ?? 0 == 0 }) else { return nil }
        hasBegun = true
        reason = candidate["finishReason"]?.stringValue ?? reason
        var text = ""
        // Absent when the candidate was stopped before it said anything.
        for part in candidate["content"]?["parts"]?.arrayValue ?? [] { text += add(part) }
        return text
    }

    func answer() throws(WireFault) -> ModelAnswer {
        try message.answer(finishReason: reason.map(Self.finishReason), usage: usage, model: model)
    }

    private mutating func add(_ part: JSONValue) -> String {
        let signature = part["thoughtSignature"].map { ["google": ["thought_signature": $0]] as JSONValue }
        if let call = part["functionCall"] {
            let id = call["id"]?.stringValue ?? naming.id(message.toolCalls.count)
            message.toolCalls.append(
                ToolCall(
                    id: id, name: call["name"]?.stringValue ?? "", arguments: (call["args"] ?? [:]).description, extraContent: signature))
            return ""
        }
        let text = part["text"]?.stringValue ?? ""
        if part["thought"] == true {
            message.reasoning += text
            return ""
        }
        if let signature { message.extra["extra_content"] = signature }
        message.text += text
        return text
    }

    private static func finishReason(_ reason: String) -> String {
        switch reason {
        case "STOP": FinishReason.stop
        case "MAX_TOKENS": FinishReason.length
        case "SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT",
            "IMAGE_RECITATION", "LANGUAGE":
            FinishReason.contentFilter
        // Malformed calls, `OTHER`, and what is not documented yet.
        default: FinishReason.error
        }
    }
}
