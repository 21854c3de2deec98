import MoltBotCore

@testable import ModelProviders

/// Calls that every provider is asked to make.
extension ModelCall {
    static let weatherTool: JSONValue = [
        "type": "function",
        "function": [
            "name": "weather", "description": "Tells the weather",
            "parameters": ["type": "object", "properties": ["city": ["type": "string"]], "additionalProperties": false],
        ],
    ]

    /// Instructions, an image, a tool's call and its result.
    static let conversation = ModelCall(
        model: "test-model",
        content: .messages([
            ["role": "system", "content": "Be brief."],
            [
                "role": "user",
                "content": [
                    ["type": "text", "text": "Where is this?"],
                    ["type": "image_url", "image_url": ["url": "data:image/png;base64,aWNvbg=="]],
                ],
            ],
            [
                "role": "assistant", "content": nil,
                "tool_calls": [["id": "call_1", "type": "function", "function": ["name": "weather", "arguments": #"{"city":"Oslo"}"#]]],
            ],
            ["role": "tool", "tool_call_id": "call_1", "content": "sunny"],
            ["role": "user", "content": "And now?"],
        ]))

    /// Every setting that has the same meaning everywhere.
    static func settings(model: String = "test-model", stream: Bool = false) -> ModelCall {
        ModelCall(
            model: model, content: .prompt("Hello"),
            parameters: TaskParameters([
                "temperature": 0.5, "top_p": 0.9, "max_tokens": 2048, "stop": "END", "seed": 7, "reasoning_effort": nil,
                "response_format": nil,
            ]), isStreamed: stream)
    }

    static let tools = ModelCall(
        model: "test-model", content: .prompt("Hello"),
        parameters: TaskParameters([
            "tools": [weatherTool], "tool_choice": ["type": "function", "function": ["name": "weather"]], "parallel_tool_calls": false,
        ]))

    static let structured = ModelCall(
        model: "test-model", content: .prompt("Hello"),
        parameters: TaskParameters([
            "response_format": [
                "type": "json_schema", "json_schema": ["name": "x", "schema": ["type": "object", "required": ["a"]], "strict": true],
            ]
        ]))

    static let thoughtful = ModelCall(
        model: "test-model", content: .prompt("Hello"), parameters: TaskParameters(["reasoning_effort": "medium"]))

    static let vectors = ModelCall(
        model: "test-model", content: .input(["one", "two"]), parameters: TaskParameters(["dimensions": 2]))
}
