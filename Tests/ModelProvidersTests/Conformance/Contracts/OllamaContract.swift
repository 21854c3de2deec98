import MoltBotCore

@testable import ModelProviders

extension ProviderContract {
    static let ollama = ProviderContract(
        name: "Ollama", keyHeader: ("authorization", "Bearer sk-secret-123"), streamType: "application/x-ndjson",
        make: { root, client, limit in try OllamaProvider(baseURL: root, contextTokens: 8192, client: client, maximumResponseBytes: limit)
        },
        assemble: { try OllamaDialect(root: "", contextTokens: nil).assemble($0, $1) },
        requests: ollamaRequests, answers: ollamaAnswers, streams: ollamaStreams,
        failures: [
            Failure(404, #"{"error":"model \"x\" not found, try pulling it first"}"#, .notFound),
            Failure(400, #"{"error":"the input length exceeds the context length"}"#, .contextLength),
            Failure(400, #"{"error":"\"x\" does not support tools"}"#, .invalidRequest),
            Failure(500, #"{"error":"model runner has unexpectedly stopped"}"#, .serverError),
            Failure(503, #"{"error":"server busy, please try again. maximum pending requests exceeded"}"#, .overloaded),
            Failure(401, #"{"error":"unauthorized"}"#, .auth), Failure(429, #"{"error":"too many requests"}"#, .rateLimited),
            Failure(200, #"{"error":"an error was encountered while running the model"}"#, .serverError),
        ],
        brokenStreams: [
            BrokenStream(
                body: """
                    {"model":"m","message":{"role":"assistant","content":"Hi"},"done":false}
                    {"error":"an error was encountered while running the model"}

                    """, textBefore: "Hi", kind: .serverError)
        ],
        embeddings: (
            Request(
                "embeddings", .vectors, "/api/embed",
                #"{"model":"test-model","input":["one","two"],"dimensions":2,"options":{"num_ctx":8192}}"#),
            #"{"model":"m","embeddings":[[1,2],[3,4]],"total_duration":14143917,"load_duration":1019500,"prompt_eval_count":8}"#,
            #"[{"object":"embedding","index":0,"embedding":[1,2]},{"object":"embedding","index":1,"embedding":[3,4]}]"#,
            Usage(inputTokens: 8)
        ))

    private static let ollamaRequests = [
        Request(
            "a conversation", .conversation, "/api/chat",
            #"""
            {"model":"test-model","stream":false,"options":{"num_ctx":8192},"messages":[{"role":"system","content":"Be brief."},
             {"role":"user","content":"Where is this?","images":["aWNvbg=="]},
             {"role":"assistant","content":"","tool_calls":[{"function":{"name":"weather","arguments":{"city":"Oslo"}}}]},
             {"role":"tool","content":"sunny","tool_name":"weather"},{"role":"user","content":"And now?"}]}
            """#),
        Request(
            "settings", .settings(stream: true), "/api/chat",
            #"""
            {"model":"test-model","stream":true,"messages":[{"role":"user","content":"Hello"}],
             "options":{"temperature":0.5,"top_p":0.9,"num_predict":2048,"stop":["END"],"seed":7,"num_ctx":8192}}
            """#),
        Request(
            "tools", .tools, "/api/chat",
            #"""
            {"model":"test-model","stream":false,"messages":[{"role":"user","content":"Hello"}],"options":{"num_ctx":8192},
             "tools":[{"type":"function","function":{"name":"weather","description":"Tells the weather",
              "parameters":{"type":"object","properties":{"city":{"type":"string"}},"additionalProperties":false}}}]}
            """#),
        Request(
            "structured output", .structured, "/api/chat",
            #"""
            {"model":"test-model","stream":false,"messages":[{"role":"user","content":"Hello"}],"options":{"num_ctx":8192},
             "format":{"type":"object","required":["a"]}}
            """#),
        Request(
            "reasoning effort", .thoughtful, "/api/chat",
            #"""
            {"model":"test-model","stream":false,"messages":[{"role":"user","content":"Hello"}],"options":{"num_ctx":8192},"think":"medium"}
            """#),
    ]

    private static let ollamaAnswers = [
        Answer(
            "text",
            #"""
            {"model":"m","created_at":"2023-12-12T14:13:43.416799Z","message":{"role":"assistant","content":"Grüße 😀","thinking":"Hm."},
             "done_reason":"stop","done":true,"total_duration":5191566416,"load_duration":2154458,"prompt_eval_count":26,
             "prompt_eval_duration":383809000,"eval_count":298,"eval_duration":4799921000}
            """#,
            text: "Grüße 😀", message: #"{"role":"assistant","content":"Grüße 😀","reasoning_content":"Hm."}"#, finish: "stop",
            usage: Usage(inputTokens: 26, outputTokens: 298)),
        Answer(
            "tool calls without ids",
            #"""
            {"model":"m","message":{"role":"assistant","content":"","tool_calls":[{"function":{"name":"f","arguments":{"x":1}}}]},
             "done_reason":"stop","done":true,"eval_count":9}
            """#,
            text: nil,
            message: #"""
                {"role":"assistant","content":null,"tool_calls":[{"id":"*","type":"function","function":{"name":"f","arguments":{"x":1}}}]}
                """#, finish: "tool_calls", usage: Usage(outputTokens: 9)),
    ]

    private static let ollamaStreams = [
        Answer(
            "text",
            """
            {"model":"m","created_at":"2023-08-04T08:52:19.385406455Z","message":{"role":"assistant","content":"","thinking":"Hm."},"done":false}
            {"model":"m","created_at":"2023-08-04T08:52:19.385406455Z","message":{"role":"assistant","content":"Grüße"},"done":false}
            {"model":"m","created_at":"2023-08-04T08:52:19.385406455Z","message":{"role":"assistant","content":" 😀"},"done":false}
            {"model":"m","created_at":"2023-08-04T19:22:45.499127Z","message":{"role":"assistant","content":""},"done":true,"done_reason":"length","total_duration":4883583458,"prompt_eval_count":26,"eval_count":282}

            """,
            text: "Grüße 😀", message: #"{"role":"assistant","content":"Grüße 😀","reasoning_content":"Hm."}"#, finish: "length",
            usage: Usage(inputTokens: 26, outputTokens: 282))
    ]
}
