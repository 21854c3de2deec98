import MoltBotCore

/// Puts a streamed chat completion together. Pure: events in, deltas out, the whole answer at the end.
struct OpenAIStream: AnswerStream {
    private var message: OpenAIMessage
    private var finishReason: String?
    /// The newest counts: where several events have some, they are running totals.
    private var usage: Usage?
    private var model: String?
    private(set) var hasBegun = false

    init(naming: ToolCallNaming) {
        message = OpenAIMessage(naming: naming)
    }

    var isFinished: Bool { finishReason != nil }
    /// `[DONE]` is read before events come here.
    var isTerminated: Bool { false }

    mutating func receive(_ chunk: JSONValue) -> String? {
        if let model = chunk["model"]?.stringValue, !model.isEmpty { self.model = model }
        usage = OpenAIUsage.find(in: chunk) ?? usage
        // Empty in the chunk with the usage, and in Azure's first, which has the prompt's filter results.
        guard let choice = chunk["choices"]?.arrayValue?.first(where: OpenAIAnswer.isFirst) else { return nil }
        hasBegun = true
        finishReason = OpenAIAnswer.finishReason(choice["finish_reason"]) ?? finishReason
        // A whole message comes from services that stream in name only.
        return message.add((choice["delta"] ?? choice["message"])?.objectValue ?? [:])
    }

    func answer() throws(WireFault) -> ModelAnswer {
        try message.answer(finishReason: finishReason, usage: usage, model: model)
    }
}
