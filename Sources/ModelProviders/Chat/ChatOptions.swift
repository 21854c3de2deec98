import MoltBotCore

/// What a task says about its tools and the form of its answer, read from OpenAI's parameters.
struct ChatOptions {
    struct Tool {
        var name: String
        var description: String?
        /// JSON Schema; nil for a function without arguments.
        var parameters: JSONValue?
        var cacheControl: JSONValue?
    }

    enum ToolChoice: Equatable {
        case auto
        /// OpenAI's `none`.
        case never
        /// Some tool, whichever.
        case required
        case function(String)
    }

    enum ResponseFormat: Equatable {
        /// Any JSON object.
        case object
        case schema(JSONValue)
    }

    var tools: [Tool] = []
    var toolChoice: ToolChoice?
    /// Nil when the task does not say.
    var allowsParallelTools: Bool?
    var responseFormat: ResponseFormat?
    /// `none`, `minimal`, `low`, `medium`, `high` or a newer word.
    var reasoningEffort: String?

    /// - Throws: ``ModelError/Kind/invalidRequest`` with the path of what is wrong.
    init(_ parameters: TaskParameters) throws(ModelError) {
        for (index, value) in (parameters["tools"]?.arrayValue ?? []).enumerated() {
            tools.append(try Self.tool(value, "parameters.tools[\(index)]"))
        }
        toolChoice = try parameters.given("tool_choice").map(Self.toolChoice)
        allowsParallelTools = parameters["parallel_tool_calls"]?.boolValue
        responseFormat = try parameters.given("response_format").flatMap(Self.responseFormat)
        reasoningEffort = parameters["reasoning_effort"]?.stringValue
    }

    private static func tool(_ value: JSONValue, _ path: String) throws(ModelError) -> Tool {
        guard value["type"]?.stringValue ?? "function" == "function", let function = value["function"],
            let name = function["name"]?.stringValue
        else { throw .refusal(path, expected: "a tool of type \"function\" with a \"function\" that has a \"name\"", got: value) }
        return Tool(
            name: name, description: function["description"]?.stringValue,
            parameters: function["parameters"].flatMap(\.unlessNull), cacheControl: value["cache_control"])
    }

    private static func toolChoice(_ value: JSONValue) throws(ModelError) -> ToolChoice {
        if let name = value["function"]?["name"]?.stringValue { return .function(name) }
        switch value.stringValue {
        case "auto": return .auto
        case "none": return .never
        case "required", "any": return .required
        default: throw .refusal("parameters.tool_choice", expected: "auto, none, required or a function", got: value)
        }
    }

    private static func responseFormat(_ value: JSONValue) throws(ModelError) -> ResponseFormat? {
        switch value["type"]?.stringValue {
        case "text": return nil
        case "json_object": return .object
        case "json_schema":
            guard let schema = value["json_schema"]?["schema"], schema.objectValue != nil else {
                throw .refusal("parameters.response_format.json_schema.schema", expected: "a JSON schema", got: value["json_schema"])
            }
            return .schema(schema)
        default: throw .refusal("parameters.response_format.type", expected: "text, json_object or json_schema", got: value["type"])
        }
    }
}

extension TaskParameters {
    /// OpenAI's names. Providers that translate them pass on only what is none of these: their own names.
    private static let openAINames: Set<String> = [
        "model", "messages", "prompt", "input", "stream", "stream_options", "temperature", "top_p", "n", "stop", "seed", "max_tokens",
        "max_completion_tokens", "presence_penalty", "frequency_penalty", "logit_bias", "logprobs", "top_logprobs", "tools", "tool_choice",
        "parallel_tool_calls", "functions", "function_call", "response_format", "reasoning_effort", "verbosity", "service_tier", "user",
        "metadata", "store", "modalities", "audio", "prediction", "prompt_cache_key", "prompt_cache_retention", "safety_identifier",
        "web_search_options", "dimensions", "encoding_format",
    ]

    /// What only the provider at hand can mean.
    var native: [String: JSONValue] { fields.filter { !Self.openAINames.contains($0.key) && !$0.value.isNull } }
}

extension JSONValue {
    /// A null in a task is the same as nothing. (Spelled out: a `nil` where a `JSONValue` may stand is a null.)
    fileprivate var unlessNull: JSONValue? { isNull ? Optional.none : .some(self) }
}
