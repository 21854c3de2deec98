import MoltBotCore

/// The JSON that OpenAI's chat completions and embeddings take.
enum OpenAIRequestBody {
    /// Members that the task itself decides; a parameter of that name never overrides them.
    private static let reserved: Set<String> = ["model", "messages", "prompt", "input", "stream", "stream_options"]

    static func encode(_ call: ModelCall) -> [UInt8] {
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
        for (name, value) in call.parameters.fields where !reserved.contains(name) {
            writer.name(anyOf: name)
            writer.value(value)
        }
        if call.isStreamed, call.content.operation == .chat {
            writer.member("stream", true)
            // Without it a streamed answer has no usage, and no cost.
            writer.member("stream_options", ["include_usage": true])
        }
        writer.endObject()
        return writer.bytes
    }
}
