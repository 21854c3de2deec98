import MoltBotCore

@testable import ModelProviders

extension ProviderContract {
    static let anthropic = ProviderContract(
        name: "Anthropic", keyHeader: ("x-api-key", "sk-secret-123"), streamType: "text/event-stream; charset=utf-8",
        make: { root, client, limit in try AnthropicProvider(baseURL: root, client: client, maximumResponseBytes: limit) },
        assemble: { try AnthropicDialect(root: "", defaultMaxTokens: 1).assemble($0, $1) },
        requests: anthropicRequests, answers: anthropicAnswers, streams: anthropicStreams, failures: anthropicFailures,
        brokenStreams: [
            BrokenStream(
                body: anthropicStart
                    + """
                    event: content_block_start
                    data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

                    event: content_block_delta
                    data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}

                    event: error
                    data: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}


                    """, textBefore: "Hi", kind: .overloaded)
        ], embeddings: nil)

    private static let anthropicRequests = [
        Request(
            "a conversation in turns", .conversation, "/v1/messages",
            #"""
            {"model":"test-model","max_tokens":4096,"system":"Be brief.","messages":[
             {"role":"user","content":[{"type":"text","text":"Where is this?"},
              {"type":"image","source":{"type":"base64","media_type":"image/png","data":"aWNvbg=="}}]},
             {"role":"assistant","content":[{"type":"tool_use","id":"call_1","name":"weather","input":{"city":"Oslo"}}]},
             {"role":"user","content":[{"type":"tool_result","tool_use_id":"call_1","content":[{"type":"text","text":"sunny"}]},
              {"type":"text","text":"And now?"}]}]}
            """#),
        Request(
            "settings", .settings(stream: true), "/v1/messages",
            #"""
            {"model":"test-model","max_tokens":2048,"messages":[{"role":"user","content":[{"type":"text","text":"Hello"}]}],
             "temperature":0.5,"top_p":0.9,"stop_sequences":["END"],"stream":true}
            """#),
        Request(
            "tools", .tools, "/v1/messages",
            #"""
            {"model":"test-model","max_tokens":4096,"messages":[{"role":"user","content":[{"type":"text","text":"Hello"}]}],
             "tools":[{"name":"weather","description":"Tells the weather",
              "input_schema":{"type":"object","properties":{"city":{"type":"string"}},"additionalProperties":false}}],
             "tool_choice":{"type":"tool","name":"weather","disable_parallel_tool_use":true}}
            """#),
        Request(
            "structured output through a tool", .structured, "/v1/messages",
            #"""
            {"model":"test-model","max_tokens":4096,"messages":[{"role":"user","content":[{"type":"text","text":"Hello"}]}],
             "tools":[{"name":"json_response","description":"Gives the answer; its input is the whole answer.",
              "input_schema":{"type":"object","required":["a"]}}],"tool_choice":{"type":"tool","name":"json_response"}}
            """#),
        Request(
            "reasoning effort", .thoughtful, "/v1/messages",
            #"""
            {"model":"test-model","max_tokens":6144,"messages":[{"role":"user","content":[{"type":"text","text":"Hello"}]}],
             "thinking":{"type":"enabled","budget_tokens":2048}}
            """#),
    ]

    private static let anthropicAnswers = [
        Answer(
            "text and a tool's call",
            #"""
            {"id":"msg_1","type":"message","role":"assistant","model":"claude-1","content":[{"type":"text","text":"Let me see."},
             {"type":"tool_use","id":"toolu_1","name":"f","input":{"x":1}}],"stop_reason":"tool_use","stop_sequence":null,
             "usage":{"input_tokens":10,"cache_creation_input_tokens":20,"cache_read_input_tokens":30,"output_tokens":5,"service_tier":"standard"}}
            """#,
            text: "Let me see.",
            message: #"""
                {"role":"assistant","content":"Let me see.","tool_calls":[
                 {"id":"toolu_1","type":"function","function":{"name":"f","arguments":{"x":1}}}]}
                """#, finish: "tool_calls",
            usage: Usage(inputTokens: 60, outputTokens: 5, cachedInputTokens: 30, cacheWriteInputTokens: 20)),
        Answer(
            "thinking",
            #"""
            {"model":"claude-1","content":[{"type":"thinking","thinking":"Hm.","signature":"sig"},{"type":"redacted_thinking","data":"xx"},
             {"type":"text","text":"42"}],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":2}}
            """#,
            text: "42",
            message: #"""
                {"role":"assistant","content":"42","reasoning_content":"Hm.","thinking_blocks":[
                 {"type":"thinking","thinking":"Hm.","signature":"sig"},{"type":"redacted_thinking","data":"xx"}]}
                """#, finish: "stop", usage: Usage(inputTokens: 1, outputTokens: 2)),
        Answer(
            "structured output",
            #"""
            {"model":"claude-1","content":[{"type":"tool_use","id":"toolu_1","name":"json_response","input":{"a":1}}],
             "stop_reason":"tool_use","usage":{"input_tokens":1,"output_tokens":2}}
            """#,
            text: #"{"a":1}"#, message: #"{"role":"assistant","content":"{\"a\":1}"}"#, finish: "stop",
            usage: Usage(inputTokens: 1, outputTokens: 2), isStructured: true),
        Answer(
            "a refusal without content",
            #"{"model":"claude-1","content":[],"stop_reason":"refusal","usage":{"input_tokens":1,"output_tokens":0}}"#,
            text: "", message: #"{"role":"assistant","content":""}"#, finish: "content_filter", usage: Usage(inputTokens: 1)),
    ]

    private static let anthropicFailures = [
        Failure(400, anthropicError("invalid_request_error", "max_tokens: required"), .invalidRequest),
        Failure(400, anthropicError("invalid_request_error", "prompt is too long: 208310 tokens > 200000 maximum"), .contextLength),
        Failure(
            400, anthropicError("invalid_request_error", "You have reached your specified API usage limits. You will regain access later."),
            .quotaExhausted),
        Failure(
            400, anthropicError("invalid_request_error", "Your credit balance is too low to access the Anthropic API."), .quotaExhausted),
        Failure(400, anthropicError("invalid_request_error", "Output blocked by content filtering policy"), .contentPolicy),
        Failure(401, anthropicError("authentication_error", "invalid x-api-key"), .auth),
        Failure(402, anthropicError("billing_error", "no"), .quotaExhausted), Failure(403, anthropicError("permission_error", "no"), .auth),
        Failure(404, anthropicError("not_found_error", "model: x"), .notFound),
        Failure(409, anthropicError("conflict_error", "x"), .serverError),
        Failure(413, anthropicError("request_too_large", "x"), .invalidRequest),
        Failure(
            429, anthropicError("rate_limit_error", "slow"), .rateLimited,
            headers: [("retry-after", "7"), ("anthropic-ratelimit-requests-remaining", "0")], after: .seconds(7)),
        Failure(500, anthropicError("api_error", "x"), .serverError), Failure(504, anthropicError("timeout_error", "x"), .serverError),
        Failure(529, anthropicError("overloaded_error", "Overloaded"), .overloaded), Failure(502, "<html>", .serverError),
    ]

    private static func anthropicError(_ type: String, _ message: String) -> String {
        #"{"type":"error","error":{"type":"\#(type)","message":"\#(message)"},"request_id":"req_1"}"#
    }
}
