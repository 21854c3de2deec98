import MoltBotCore

@testable import ModelProviders

extension ProviderContract {
    private static let models = "/v1beta/models/test-model"

    static let gemini = ProviderContract(
        name: "Gemini", keyHeader: ("x-goog-api-key", "sk-secret-123"), streamType: "text/event-stream",
        make: { root, client, limit in try GeminiProvider(baseURL: root, client: client, maximumResponseBytes: limit) },
        assemble: { try GeminiDialect(root: "").assemble($0, $1) },
        requests: geminiRequests, answers: geminiAnswers, streams: geminiStreams, failures: geminiFailures,
        brokenStreams: [
            BrokenStream(
                body: """
                    data: {"candidates":[{"content":{"parts":[{"text":"Hi"}],"role":"model"},"index":0}]}

                    data: {"error":{"code":503,"message":"The model is overloaded.","status":"UNAVAILABLE"}}


                    """, textBefore: "Hi", kind: .overloaded)
        ],
        embeddings: (
            Request(
                "embeddings", .vectors, "\(models):batchEmbedContents",
                #"""
                {"requests":[{"model":"models/test-model","content":{"parts":[{"text":"one"}]},"outputDimensionality":2},
                 {"model":"models/test-model","content":{"parts":[{"text":"two"}]},"outputDimensionality":2}]}
                """#),
            #"{"embeddings":[{"values":[1,2]},{"values":[3,4]}]}"#,
            #"[{"object":"embedding","index":0,"embedding":[1,2]},{"object":"embedding","index":1,"embedding":[3,4]}]"#, nil
        ))

    private static let geminiRequests = [
        Request(
            "a conversation in turns", .conversation, "\(models):generateContent",
            #"""
            {"systemInstruction":{"parts":[{"text":"Be brief."}]},"contents":[
             {"role":"user","parts":[{"text":"Where is this?"},{"inlineData":{"mimeType":"image/png","data":"aWNvbg=="}}]},
             {"role":"model","parts":[{"functionCall":{"name":"weather","args":{"city":"Oslo"}}}]},
             {"role":"user","parts":[{"functionResponse":{"name":"weather","response":{"result":"sunny"}}},{"text":"And now?"}]}]}
            """#),
        Request(
            "settings", .settings(stream: true), "\(models):streamGenerateContent?alt=sse",
            #"""
            {"contents":[{"role":"user","parts":[{"text":"Hello"}]}],
             "generationConfig":{"temperature":0.5,"topP":0.9,"maxOutputTokens":2048,"stopSequences":["END"],"seed":7}}
            """#),
        Request(
            "tools", .tools, "\(models):generateContent",
            #"""
            {"contents":[{"role":"user","parts":[{"text":"Hello"}]}],"tools":[{"functionDeclarations":[{"name":"weather",
              "description":"Tells the weather",
              "parametersJsonSchema":{"type":"object","properties":{"city":{"type":"string"}},"additionalProperties":false}}]}],
             "toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["weather"]}}}
            """#),
        Request(
            "structured output", .structured, "\(models):generateContent",
            #"""
            {"contents":[{"role":"user","parts":[{"text":"Hello"}]}],
             "generationConfig":{"responseMimeType":"application/json","responseJsonSchema":{"type":"object","required":["a"]}}}
            """#),
        Request(
            "reasoning effort", .thoughtful, "\(models):generateContent",
            #"""
            {"contents":[{"role":"user","parts":[{"text":"Hello"}]}],
             "generationConfig":{"thinkingConfig":{"thinkingBudget":8192,"includeThoughts":true}}}
            """#),
    ]

    private static let geminiAnswers = [
        Answer(
            "text and thoughts",
            #"""
            {"candidates":[{"index":0,"content":{"role":"model","parts":[{"text":"Hm.","thought":true},{"text":"Grüße "},{"text":"😀"}]},
             "finishReason":"STOP","safetyRatings":[]}],"usageMetadata":{"promptTokenCount":10,"candidatesTokenCount":5,"thoughtsTokenCount":7,
             "cachedContentTokenCount":4,"toolUsePromptTokenCount":2,"totalTokenCount":24},"modelVersion":"gemini-1","responseId":"r"}
            """#,
            text: "Grüße 😀", message: #"{"role":"assistant","content":"Grüße 😀","reasoning_content":"Hm."}"#, finish: "stop",
            usage: Usage(inputTokens: 12, outputTokens: 12, cachedInputTokens: 4, reasoningTokens: 7)),
        Answer(
            "a function's call without an id, with a signature",
            #"""
            {"candidates":[{"content":{"role":"model","parts":[{"functionCall":{"name":"f","args":{"x":1}},"thoughtSignature":"sig"}]},
             "finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":4}}
            """#,
            text: nil,
            message: #"""
                {"role":"assistant","content":null,"tool_calls":[{"id":"*","type":"function","function":{"name":"f","arguments":{"x":1}},
                 "extra_content":{"google":{"thought_signature":"sig"}}}]}
                """#, finish: "tool_calls", usage: Usage(inputTokens: 4)),
        Answer(
            "nothing, for safety", #"{"candidates":[{"finishReason":"SAFETY","index":0}]}"#, text: "",
            message: #"{"role":"assistant","content":""}"#, finish: "content_filter", usage: nil),
    ]

    private static let geminiStreams = [
        Answer(
            "text, with counts in every event",
            """
            data: {"candidates":[{"content":{"parts":[{"text":"Grü"}],"role":"model"},"index":0}],"usageMetadata":{"promptTokenCount":4,"candidatesTokenCount":1,"totalTokenCount":5},"modelVersion":"gemini-1"}\r
            \r
            data: {"candidates":[{"content":{"parts":[{"text":"ße 😀"}],"role":"model"},"finishReason":"MAX_TOKENS","index":0}],"usageMetadata":{"promptTokenCount":4,"candidatesTokenCount":5,"totalTokenCount":9},"modelVersion":"gemini-1"}\r
            \r

            """,
            text: "Grüße 😀", message: #"{"role":"assistant","content":"Grüße 😀"}"#, finish: "length",
            usage: Usage(inputTokens: 4, outputTokens: 5)),
        Answer(
            "function calls",
            """
            data: {"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":{"x":1}}},{"functionCall":{"name":"f","args":{}}}],"role":"model"}}]}

            data: {"candidates":[{"content":{"parts":[{"text":""}],"role":"model"},"finishReason":"STOP"}]}


            """,
            text: nil,
            message: #"""
                {"role":"assistant","content":null,"tool_calls":[{"id":"*","type":"function","function":{"name":"f","arguments":{"x":1}}},
                 {"id":"*","type":"function","function":{"name":"f","arguments":{}}}]}
                """#, finish: "tool_calls", usage: nil),
    ]
}
