import MoltBotCore

@testable import ModelProviders

extension ProviderContract {
    static let openAI = ProviderContract(
        name: "OpenAI", keyHeader: ("authorization", "Bearer sk-secret-123"), streamType: "text/event-stream; charset=utf-8",
        make: { root, client, limit in try OpenAICompatibleProvider(baseURL: root, client: client, maximumResponseBytes: limit) },
        assemble: { try OpenAIDialect(place: .base("")).assemble($0, $1) },
        requests: openAIRequests("/v1/chat/completions"), answers: openAIAnswers, streams: openAIStreams,
        failures: openAIFailures, brokenStreams: openAIBrokenStreams, embeddings: openAIEmbeddings("/v1/embeddings"))

    static func openAIRequests(_ uri: String) -> [Request] {
        [
            Request(
                "a conversation as it is", .conversation, uri,
                #"""
                {"model":"test-model","messages":[{"role":"system","content":"Be brief."},
                 {"role":"user","content":[{"type":"text","text":"Where is this?"},
                  {"type":"image_url","image_url":{"url":"data:image/png;base64,aWNvbg=="}}]},
                 {"role":"assistant","content":null,"tool_calls":[
                  {"id":"call_1","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Oslo\"}"}}]},
                 {"role":"tool","tool_call_id":"call_1","content":"sunny"},{"role":"user","content":"And now?"}]}
                """#),
            Request(
                "settings", .settings(stream: true), uri,
                #"""
                {"model":"test-model","messages":[{"role":"user","content":"Hello"}],"temperature":0.5,"top_p":0.9,"max_tokens":2048,
                 "stop":"END","seed":7,"reasoning_effort":null,"response_format":null,"stream":true,
                 "stream_options":{"include_usage":true}}
                """#),
            Request(
                "tools", .tools, uri,
                #"""
                {"model":"test-model","messages":[{"role":"user","content":"Hello"}],"parallel_tool_calls":false,
                 "tools":[{"type":"function","function":{"name":"weather","description":"Tells the weather",
                  "parameters":{"type":"object","properties":{"city":{"type":"string"}},"additionalProperties":false}}}],
                 "tool_choice":{"type":"function","function":{"name":"weather"}}}
                """#),
            Request(
                "structured output", .structured, uri,
                #"""
                {"model":"test-model","messages":[{"role":"user","content":"Hello"}],"response_format":{"type":"json_schema",
                 "json_schema":{"name":"x","schema":{"type":"object","required":["a"]},"strict":true}}}
                """#),
            Request(
                "reasoning effort", .thoughtful, uri,
                #"{"model":"test-model","messages":[{"role":"user","content":"Hello"}],"reasoning_effort":"medium"}"#),
        ]
    }

    static let openAIAnswers = [
        Answer(
            "text",
            #"""
            {"id":"chatcmpl-1","object":"chat.completion","created":1700000000,"model":"m-1","service_tier":"default","system_fingerprint":"fp",
             "choices":[{"index":0,"message":{"role":"assistant","content":"Grüße 😀","refusal":null,"annotations":[]},"logprobs":null,
             "finish_reason":"stop"}],
             "usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15,"prompt_tokens_details":{"cached_tokens":4,"audio_tokens":0},
             "completion_tokens_details":{"reasoning_tokens":3,"audio_tokens":0,"accepted_prediction_tokens":0}}}
            """#,
            text: "Grüße 😀", message: #"{"role":"assistant","content":"Grüße 😀"}"#, finish: "stop",
            usage: Usage(inputTokens: 10, outputTokens: 5, cachedInputTokens: 4, reasoningTokens: 3)),
        Answer(
            "tool calls",
            #"""
            {"choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[
             {"id":"a","type":"function","function":{"name":"f","arguments":"{\"x\":1}"}},
             {"id":"b","type":"function","function":{"name":"g","arguments":""}}]},"finish_reason":"tool_calls"}]}
            """#,
            text: nil,
            message: #"""
                {"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":{"x":1}}},
                 {"id":"b","type":"function","function":{"name":"g","arguments":{}}}]}
                """#, finish: "tool_calls", usage: nil),
        Answer(
            "DeepSeek's reasoning and cache",
            #"""
            {"choices":[{"index":0,"message":{"role":"assistant","content":"42","reasoning_content":"Hm."},"finish_reason":"length"}],
             "usage":{"prompt_tokens":10,"completion_tokens":9,"total_tokens":19,"prompt_cache_hit_tokens":8,"prompt_cache_miss_tokens":2,
             "completion_tokens_details":{"reasoning_tokens":7}}}
            """#,
            text: "42", message: #"{"role":"assistant","content":"42","reasoning_content":"Hm."}"#, finish: "length",
            usage: Usage(inputTokens: 10, outputTokens: 9, cachedInputTokens: 8, reasoningTokens: 7)),
    ]

    static let openAIStreams = [
        Answer(
            "text",
            """
            : OPENROUTER PROCESSING

            data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m-1","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}],"usage":null}

            data: {"id":"c","choices":[{"index":0,"delta":{"content":"Grüße"},"finish_reason":null}]}

            data: {"id":"c","choices":[{"index":0,"delta":{"content":" 😀"},"finish_reason":null}]}

            data: {"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}

            data: {"id":"c","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}

            data: [DONE]


            """,
            text: "Grüße 😀", message: #"{"role":"assistant","content":"Grüße 😀"}"#, finish: "stop",
            usage: Usage(inputTokens: 3, outputTokens: 2)),
        Answer(
            "tool calls in fragments",
            #"""
            data: {"choices":[{"index":0,"delta":{"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":""}}]}}]}

            data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"id":"b","type":"function","function":{"name":"g","arguments":"{}"}}]}}]}

            data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"x\""}}]}}]}

            data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":":1}"}}]}}]}

            data: {"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}

            data: [DONE]


            """#,
            text: nil,
            message: #"""
                {"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":{"x":1}}},
                 {"id":"b","type":"function","function":{"name":"g","arguments":{}}}]}
                """#, finish: "tool_calls", usage: nil),
    ]

    static let openAIBrokenStreams = [
        BrokenStream(
            body: """
                data: {"choices":[{"index":0,"delta":{"content":"Hi"}}]}

                data: {"error":{"message":"The server had an error","type":"server_error","code":null}}


                """, textBefore: "Hi", kind: .serverError)
    ]

    static func openAIEmbeddings(_ uri: String) -> (request: Request, answer: String, message: String, usage: Usage?) {
        (
            Request("embeddings", .vectors, uri, #"{"model":"test-model","input":["one","two"],"dimensions":2}"#),
            #"""
            {"object":"list","data":[{"object":"embedding","index":1,"embedding":[3,4]},{"object":"embedding","index":0,"embedding":[1,2]}],
             "model":"e","usage":{"prompt_tokens":8,"total_tokens":8}}
            """#,
            #"[{"object":"embedding","index":0,"embedding":[1,2]},{"object":"embedding","index":1,"embedding":[3,4]}]"#,
            Usage(inputTokens: 8)
        )
    }
}
