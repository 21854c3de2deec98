import MoltBotCore

/// Puts a streamed message together.
struct AnthropicStream: AnswerStream {
    private var content: AnthropicContent
    private var usage = AnthropicUsage()
    private var model: String?
    private var stopReason: JSONValue?
    private(set) var hasBegun = false
    private(set) var isTerminated = false

    init(isJSONToolText: Bool) {
        content = AnthropicContent(isJSONToolText: isJSONToolText)
    }

    var isFinished: Bool { stopReason != nil }

    /// Pings and events of the future say nothing.
    mutating func receive(_ event: JSONValue) -> String? {
        switch event["type"]?.stringValue {
        case "message_start":
            hasBegun = true
            model = event["message"]?["model"]?.stringValue
            usage.update(event["message"]?["usage"])
        case "content_block_start":
            return content.begin(index(of: event), event["content_block"] ?? .null)
        case "content_block_delta":
            return content.extend(index(of: event), event["delta"] ?? .null)
        case "message_delta":
            usage.update(event["usage"])
            if let reason = event["delta"]?["stop_reason"], !reason.isNull { stopReason = reason }
        case "message_stop":
            isTerminated = true
        default: break
        }
        return nil
    }

    func answer() throws(WireFault) -> ModelAnswer {
        try content.message.answer(finishReason: content.finishReason(stopReason), usage: usage.usage, model: model)
    }

    private func index(of event: JSONValue) -> Int { Int(event["index"]?.integerValue ?? 0) }
}
