import MoltBotCore

/// Chats and embeddings in Ollama's form.
enum OllamaRequestBody {
    /// What Ollama calls a model's options and OpenAI parameters.
    private static let renamed = [
        "temperature": "temperature", "top_p": "top_p", "seed": "seed", "presence_penalty": "presence_penalty",
        "frequency_penalty": "frequency_penalty",
    ]
    /// Its own names that stand beside the options, not among them.
    private static let requestFields: Set<String> = ["keep_alive", "think", "truncate", "shift", "raw", "template"]

    static func chat(_ call: ModelCall, _ contextTokens: Int?) throws(ModelError) -> JSONValue {
        let options = try ChatOptions(call.parameters)
        var body = common(call, contextTokens)
        body["messages"] = try OllamaMessages.encode(ChatMessage.read(call.content))
        // Left out, it streams.
        body["stream"] = .bool(call.isStreamed)
        switch options.responseFormat {
        case .object: body["format"] = "json"
        case .schema(let schema): body["format"] = schema
        case nil: break
        }
        // It has no choice of tools; who wants none is given none.
        if !options.tools.isEmpty, options.toolChoice != .never { body["tools"] = call.parameters["tools"] }
        switch options.reasoningEffort {
        case nil: break
        case "none", "minimal": body["think"] = body["think"] ?? false
        case let effort?: body["think"] = body["think"] ?? .string(effort)
        }
        return .object(body)
    }

    static func embedding(_ input: JSONValue, _ call: ModelCall, _ contextTokens: Int?) throws(ModelError) -> JSONValue {
        var body = common(call, contextTokens)
        body["input"] = .array(try EmbeddingInput.texts(input, provider: "Ollama").map(JSONValue.string))
        body["dimensions"] = call.parameters.given("dimensions")
        return .object(body)
    }

    private static func common(_ call: ModelCall, _ contextTokens: Int?) -> [String: JSONValue] {
        var body: [String: JSONValue] = ["model": .string(call.model)]
        var options: [String: JSONValue] = [:]
        for (name, option) in renamed { options[option] = call.parameters.given(name) }
        if let limit = call.parameters.maxTokens { options["num_predict"] = .integer(Int64(limit)) }
        if !call.parameters.stop.isEmpty { options["stop"] = .array(call.parameters.stop.map(JSONValue.string)) }
        if let contextTokens { options["num_ctx"] = .integer(Int64(contextTokens)) }
        for (name, value) in call.parameters.native where name != "options" {
            if requestFields.contains(name) { body[name] = value } else { options[name] = value }
        }
        options.merge(call.parameters["options"]?.objectValue ?? [:]) { _, own in own }
        if !options.isEmpty { body["options"] = .object(options) }
        return body
    }
}
