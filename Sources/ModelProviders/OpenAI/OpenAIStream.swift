import CurlHTTP
import MoltBotCore

/// Puts a streamed chat completion together. Pure: events in, deltas out, the whole answer at the end.
struct OpenAIStream {
    private var message: [String: JSONValue] = ["role": "assistant", "content": nil]
    private var toolCalls: [Int: [String: JSONValue]] = [:]
    private var finishReason: String?
    private var usage: Usage?
    private var model: String?
    private(set) var isDone = false

    /// - Throws: The error that a provider reports in the middle of a stream, and events that are not JSON.
    mutating func receive(_ data: [UInt8], secret: SecretString?) throws(ModelError) -> ModelDelta? {
        guard !data.elementsEqual("[DONE]".utf8) else {
            isDone = true
            return nil
        }
        guard let chunk = try? JSONValue.parse(data) else {
            throw ModelError(.streamBroken, message: "The stream has an event that is not JSON: \(BodyExcerpt(data))")
        }
        if let failure = OpenAIFailure(chunk) { throw failure.error(status: 200, headers: [:], secret: secret) }
        model = chunk["model"]?.stringValue ?? model
        usage = chunk["usage"].flatMap(OpenAIAnswer.usage) ?? usage
        // The chunk with the usage has no choices.
        guard let choice = chunk["choices"]?[0], (choice["index"]?.integerValue ?? 0) == 0 else { return nil }
        finishReason = choice["finish_reason"]?.stringValue.map(OpenAIAnswer.finishReason) ?? finishReason
        merge(choice["delta"]?.objectValue ?? [:])
        guard let text = choice["delta"]?["content"]?.stringValue, !text.isEmpty else { return nil }
        return ModelDelta(text: text)
    }

    /// - Throws: ``ModelError/Kind/streamBroken`` when neither `[DONE]` nor a finish reason came.
    func finish() throws(ModelError) -> ModelAnswer {
        guard isDone || finishReason != nil else {
            throw ModelError(.streamBroken, message: "The stream ended before the answer did")
        }
        var message = message
        if !toolCalls.isEmpty { message["tool_calls"] = .array(toolCalls.sorted { $0.key < $1.key }.map { .object($0.value) }) }
        return ModelAnswer(
            text: message["content"]?.stringValue, message: .object(message), finishReason: finishReason, usage: usage, providerModel: model
        )
    }

    private mutating func merge(_ delta: [String: JSONValue]) {
        for (name, value) in delta {
            switch (name, value) {
            case ("role", .string): message[name] = value
            case ("tool_calls", .array(let fragments)): for fragment in fragments { mergeToolCall(fragment) }
            // Content, refusals, and what some providers call reasoning.
            case (_, .string(let text)): message[name] = .string((message[name]?.stringValue ?? "") + text)
            default: break
            }
        }
    }

    /// The id, type and name come in a call's first fragment; the arguments in pieces.
    private mutating func mergeToolCall(_ fragment: JSONValue) {
        let index = fragment["index"]?.integerValue.map { Int($0) } ?? 0
        var call = toolCalls[index] ?? ["type": "function", "function": ["name": "", "arguments": ""]]
        if let id = fragment["id"]?.stringValue, !id.isEmpty { call["id"] = .string(id) }
        if let type = fragment["type"] { call["type"] = type }
        call["function"] = [
            "name": .string((call["function"]?["name"]?.stringValue ?? "") + (fragment["function"]?["name"]?.stringValue ?? "")),
            "arguments": .string(
                (call["function"]?["arguments"]?.stringValue ?? "") + (fragment["function"]?["arguments"]?.stringValue ?? "")),
        ]
        toolCalls[index] = call
    }
}
