import MoltBotCore

/// A chat in Gemini's form.
struct GeminiRequestBody {
    /// What Google gives OpenAI's words in its own compatible API.
    private static let thinkingBudgets: [String: Int64] = ["none": 0, "minimal": 1024, "low": 1024, "medium": 8192, "high": 24_576]
    /// Tokens of a call that are settings of the generation under another name.
    private static let settings = [
        "temperature": "temperature", "top_p": "topP", "top_k": "topK", "seed": "seed", "presence_penalty": "presencePenalty",
        "frequency_penalty": "frequencyPenalty",
    ]

    private let call: ModelCall
    private let options: ChatOptions
    private let messages: [ChatMessage]

    init(_ call: ModelCall) throws(ModelError) {
        self.call = call
        options = try ChatOptions(call.parameters)
        messages = try ChatMessage.read(call.content)
    }

    func encoded() throws(ModelError) -> JSONValue {
        var native = call.parameters.native
        native["top_k"] = nil
        var body: [String: JSONValue] = ["contents": try GeminiContents.turns(messages)]
        if let instruction = GeminiContents.systemInstruction(messages) { body["systemInstruction"] = instruction }
        if !options.tools.isEmpty { body["tools"] = [["functionDeclarations": .array(options.tools.map(Self.declaration))]] }
        if let config = functionCalling { body["toolConfig"] = ["functionCallingConfig": config] }
        var generation = generationConfig
        // Its own names win, and may add what OpenAI has no name for.
        generation.merge(native.removeValue(forKey: "generationConfig")?.objectValue ?? [:]) { _, own in own }
        if !generation.isEmpty { body["generationConfig"] = .object(generation) }
        body["safetySettings"] = native.removeValue(forKey: "safety_settings")
        body.merge(native) { _, own in own }
        return .object(body)
    }

    private var generationConfig: [String: JSONValue] {
        var config: [String: JSONValue] = [:]
        for (name, setting) in Self.settings { config[setting] = call.parameters.given(name) }
        if let limit = call.parameters.maxTokens { config["maxOutputTokens"] = .integer(Int64(limit)) }
        if !call.parameters.stop.isEmpty { config["stopSequences"] = .array(call.parameters.stop.map(JSONValue.string)) }
        switch options.responseFormat {
        case .object: config["responseMimeType"] = "application/json"
        case .schema(let schema):
            config["responseMimeType"] = "application/json"
            // The whole of JSON Schema; `responseSchema` takes a subset and refuses the rest.
            config["responseJsonSchema"] = schema
        case nil: break
        }
        if let budget = options.reasoningEffort.flatMap({ Self.thinkingBudgets[$0] }) {
            config["thinkingConfig"] = ["thinkingBudget": .integer(budget), "includeThoughts": .bool(budget > 0)]
        }
        return config
    }

    private static func declaration(_ tool: ChatOptions.Tool) -> JSONValue {
        var members: [String: JSONValue] = ["name": .string(tool.name)]
        if let description = tool.description { members["description"] = .string(description) }
        // As above: `parameters` refuses `additionalProperties`, `$ref` and `$schema`.
        if let parameters = tool.parameters { members["parametersJsonSchema"] = parameters }
        return .object(members)
    }

    private var functionCalling: JSONValue? {
        guard !options.tools.isEmpty else { return nil }
        return switch options.toolChoice {
        case .auto: ["mode": "AUTO"]
        case .never: ["mode": "NONE"]
        case .required: ["mode": "ANY"]
        case .function(let name): ["mode": "ANY", "allowedFunctionNames": [.string(name)]]
        case nil: nil
        }
    }
}
