import MoltBotCore

/// The JSON that OpenAI's chat completions and embeddings take.
enum OpenAIRequestBody {
    /// Members that the task itself decides; a parameter of that name never overrides them.
    private static let reserved: Set<String> = ["model", "messages", "prompt", "input", "stream", "stream_options"]

    /// - Parameter isNamedByUser: The model's name is a name that somebody chose for a deployment: it may hide which model it is.
    static func encode(_ call: ModelCall, isNamedByUser: Bool) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 1024)
        writer.beginObject()
        writer.member("model", call.model)
        switch call.content {
        case .prompt(let text):
            writer.name("messages")
            writer.beginArray()
            writer.beginObject()
            writer.member("role", "user")
            writer.member("content", text)
            writer.endObject()
            writer.endArray()
        case .messages(let messages):
            writer.member("messages", .array(messages))
        case .input(let input):
            writer.member("input", input)
        }
        for (name, value) in parameters(of: call, isNamedByUser) {
            writer.name(anyOf: name)
            writer.value(value)
        }
        if call.isStreamedChat {
            writer.member("stream", true)
            // Without it a streamed answer has no usage, and no cost.
            writer.member("stream_options", ["include_usage": true])
        }
        writer.endObject()
        return writer.bytes
    }

    /// As given, but for the two spellings of the answer's limit: OpenAI's reasoning models refuse `max_tokens`, and several of the others'
    /// services know no other name and would answer without a limit.
    private static func parameters(of call: ModelCall, _ isNamedByUser: Bool) -> [String: JSONValue] {
        var fields = call.parameters.fields.filter { !reserved.contains($0.key) }
        let isReasoningModel = isReasoningModel(call.model)
        guard isReasoningModel || !isNamedByUser,
            let limit = call.parameters.given("max_tokens") ?? call.parameters.given("max_completion_tokens")
        else { return fields }
        fields["max_tokens"] = nil
        fields["max_completion_tokens"] = nil
        fields[isReasoningModel ? "max_completion_tokens" : "max_tokens"] = limit
        return fields
    }

    /// `o1`, `o3-mini`, `gpt-5`, `openai/gpt-5-nano` and so on. Chat variants of gpt-5 take the new spelling as well.
    static func isReasoningModel(_ model: String) -> Bool {
        let name = (model.split(separator: "/").last ?? "").lowercased()
        if name.hasPrefix("gpt-5") { return true }
        guard name.first == "o", let generation = name.dropFirst().first else { return false }
        return generation.isNumber && (name.count == 2 || name.dropFirst(2).first == "-")
    }
}
