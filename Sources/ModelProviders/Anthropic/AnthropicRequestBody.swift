import MoltBotCore

/// A chat in Anthropic's form.
struct AnthropicRequestBody {
    /// The tool through which the model gives structured output: every model has tools, only some have an option for it.
    static let jsonTool = "json_response"
    /// The least that may be thought.
    private static let minimumThinking = 1024
    /// What other gateways give OpenAI's words.
    private static let thinkingBudgets = ["low": 1024, "medium": 2048, "high": 4096, "xhigh": 8192]

    private let call: ModelCall
    private let options: ChatOptions
    private let messages: [ChatMessage]
    private let defaultMaxTokens: Int

    init(_ call: ModelCall, defaultMaxTokens: Int) throws(ModelError) {
        self.call = call
        self.defaultMaxTokens = defaultMaxTokens
        options = try ChatOptions(call.parameters)
        messages = try ChatMessage.read(call.content)
    }

    /// Whether the call's answer comes as the arguments of ``jsonTool``.
    static func answersThroughTool(_ call: ModelCall) -> Bool {
        (try? ChatOptions(call.parameters).responseFormat) != nil
    }

    func encoded() throws(ModelError) -> JSONValue {
        let parameters = call.parameters
        let thinking = thinking
        var body: [String: JSONValue] = [
            "model": .string(call.model),
            "max_tokens": .integer(Int64(parameters.maxTokens ?? defaultMaxTokens + (thinking ?? 0))),
            "messages": try AnthropicMessages.turns(messages),
        ]
        if let system = AnthropicMessages.system(messages) { body["system"] = system }
        // Beside thinking, the provider takes none but the default temperature.
        if thinking == nil, parameters["thinking"]?["type"] != "enabled", let temperature = parameters.temperature {
            // Its scale ends at 1, OpenAI's at 2.
            body["temperature"] = .number(min(temperature, 1))
        }
        if let topP = parameters.given("top_p") { body["top_p"] = topP }
        if !parameters.stop.isEmpty { body["stop_sequences"] = .array(parameters.stop.map(JSONValue.string)) }
        if let thinking { body["thinking"] = ["type": "enabled", "budget_tokens": .integer(Int64(thinking))] }
        if let user = parameters["user"]?.stringValue { body["metadata"] = ["user_id": .string(user)] }
        if let tier = serviceTier { body["service_tier"] = tier }
        if !tools.isEmpty {
            body["tools"] = .array(tools)
            body["tool_choice"] = toolChoice
        }
        if call.isStreamed { body["stream"] = true }
        // Its own names, such as `top_k` and `thinking`.
        body.merge(parameters.native) { _, own in own }
        return .object(body)
    }

    private var serviceTier: JSONValue? {
        switch call.parameters["service_tier"]?.stringValue {
        case "auto", "standard_only": call.parameters["service_tier"]
        case "default": "standard_only"
        default: nil
        }
    }

    /// Tokens to think with. The provider refuses to think where a tool is forced, or when there is no room for an answer as well.
    private var thinking: Int? {
        guard let budget = options.reasoningEffort.flatMap({ Self.thinkingBudgets[$0] }), call.parameters.given("thinking") == nil else {
            return nil
        }
        guard !forcesTool else { return nil }
        let allowed = min(budget, (call.parameters.maxTokens ?? .max) - 1)
        return allowed >= Self.minimumThinking ? allowed : nil
    }

    private var forcesTool: Bool {
        switch options.toolChoice {
        case .required, .function: true
        case .auto, .never, nil: options.responseFormat != nil
        }
    }

    private var tools: [JSONValue] {
        var tools = options.tools.map { tool -> JSONValue in
            var members: [String: JSONValue] = [
                "name": .string(tool.name), "input_schema": tool.parameters ?? ["type": "object", "properties": [:]],
            ]
            if let description = tool.description { members["description"] = .string(description) }
            if let cacheControl = tool.cacheControl { members["cache_control"] = cacheControl }
            return .object(members)
        }
        switch options.responseFormat {
        case .object: tools.append(Self.jsonTool(["type": "object", "additionalProperties": true]))
        case .schema(let schema): tools.append(Self.jsonTool(schema))
        case nil: break
        }
        return tools
    }

    private static func jsonTool(_ schema: JSONValue) -> JSONValue {
        ["name": .string(jsonTool), "description": "Gives the answer; its input is the whole answer.", "input_schema": schema]
    }

    private var toolChoice: JSONValue {
        var choice: [String: JSONValue] =
            switch options.toolChoice {
            case .function(let name): ["type": "tool", "name": .string(name)]
            case .required: ["type": "any"]
            case .never where options.responseFormat == nil: ["type": "none"]
            case .auto, .never, nil: automaticChoice
            }
        if options.allowsParallelTools == false, choice["type"] != "none" { choice["disable_parallel_tool_use"] = true }
        return .object(choice)
    }

    /// With structured output the model has to use some tool: one of the task's, or the one that answers. A task that asks for thinking in
    /// the provider's own words leaves it the choice, because it cannot think before a forced tool.
    private var automaticChoice: [String: JSONValue] {
        guard options.responseFormat != nil, call.parameters["thinking"]?["type"] != "enabled" else { return ["type": "auto"] }
        let isOnlyTool = options.tools.isEmpty || options.toolChoice == .never
        return isOnlyTool ? ["type": "tool", "name": .string(Self.jsonTool)] : ["type": "any"]
    }
}
