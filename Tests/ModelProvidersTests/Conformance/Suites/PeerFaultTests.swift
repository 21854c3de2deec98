import MoltBotCore
import Testing

@testable import ModelProviders

/// Faults that other gateways had or have, each with the name of what went wrong there.
@Suite("Faults of other gateways")
struct PeerFaultTests {
    private func openAI(_ events: [String]) throws -> ModelAnswer { try stream(.openAI, events) }

    private func stream(_ contract: ProviderContract, _ events: [String]) throws -> ModelAnswer {
        let bytes = Array(events.map { "data: \($0)\n\n" }.joined().utf8)
        return try contract.assemble([bytes[...]], .prompt("Hello", stream: true)).answer
    }

    private func openAIWhole(_ json: String) throws -> ModelAnswer {
        try OpenAIAnswer.chatCompletion(try JSONValue.parse(json), naming: ToolCallNaming(prefix: "t"))
    }

    private func tools(_ fragments: [String]) throws -> [ToolCall] {
        var assembly = ToolCallAssembly()
        for fragment in fragments { assembly.add(try JSONValue.parse(fragment)) }
        return assembly.calls(ToolCallNaming(prefix: "t"))
    }

    // MARK: Usage

    @Test("Usage that each event repeats is added up")
    func runningTotals() throws {
        let answer = try openAI([
            #"{"choices":[{"delta":{"content":"a"}}],"usage":{"prompt_tokens":5,"completion_tokens":1}}"#,
            #"{"choices":[{"delta":{"content":"b"},"finish_reason":"stop"}],"usage":{"prompt_tokens":5,"completion_tokens":2}}"#,
            #"{"choices":[],"usage":null}"#, "[DONE]",
        ])
        #expect(answer.usage == Usage(inputTokens: 5, outputTokens: 2))
    }

    @Test("Reasoning tokens are paid twice, or not at all (xAI and Google leave them out of the completion)")
    func hiddenReasoning() throws {
        let included = OpenAIUsage.read([
            "prompt_tokens": 10, "completion_tokens": 9, "total_tokens": 19, "completion_tokens_details": ["reasoning_tokens": 7],
        ])
        #expect(included == Usage(inputTokens: 10, outputTokens: 9, reasoningTokens: 7))
        let left = OpenAIUsage.read([
            "prompt_tokens": 10, "completion_tokens": 2, "total_tokens": 19, "completion_tokens_details": ["reasoning_tokens": 7],
        ])
        #expect(left == Usage(inputTokens: 10, outputTokens: 9, reasoningTokens: 7))
    }

    @Test("Cached tokens are counted beside the input and in it (LiteLLM, Gemini and Anthropic)")
    func cachedTwice() {
        let gemini = GeminiUsage.read(["promptTokenCount": 100, "cachedContentTokenCount": 90, "candidatesTokenCount": 1])
        #expect(gemini == Usage(inputTokens: 100, outputTokens: 1, cachedInputTokens: 90))
        let anthropic = AnthropicUsage(["input_tokens": 10, "cache_read_input_tokens": 90, "output_tokens": 1])
        #expect(anthropic.usage == Usage(inputTokens: 100, outputTokens: 1, cachedInputTokens: 90))
    }

    @Test("Cached tokens of an image are paid as cached, as an image's and as text (LiteLLM 37407): here each token is paid once")
    func cachedImage() {
        let openAI = OpenAIUsage.read([
            "prompt_tokens": 1000, "completion_tokens": 50, "total_tokens": 1050,
            "prompt_tokens_details": ["cached_tokens": 900, "text_tokens": 200, "image_tokens": 800, "audio_tokens": 0],
            "completion_tokens_details": ["reasoning_tokens": 40, "text_tokens": 10, "image_tokens": 0],
        ])
        let gemini = GeminiUsage.read([
            "promptTokenCount": 1000, "cachedContentTokenCount": 900, "candidatesTokenCount": 10, "thoughtsTokenCount": 40,
            "totalTokenCount": 1050,
            "promptTokensDetails": [["modality": "TEXT", "tokenCount": 200], ["modality": "IMAGE", "tokenCount": 800]],
            "cacheTokensDetails": [["modality": "TEXT", "tokenCount": 100], ["modality": "IMAGE", "tokenCount": 800]],
        ])
        let prices = ModelPrices(["input_cost_per_token": 10, "cache_read_input_token_cost": 1, "output_cost_per_token": 100])
        let expected = Usage(inputTokens: 1000, outputTokens: 50, cachedInputTokens: 900, reasoningTokens: 40)
        #expect(openAI == expected)
        #expect(gemini == expected)
        // 100 at 10, 900 at 1 and 50 at 100 dollars.
        #expect(prices.cost(of: expected) == 6900.0)
    }

    @Test("More cached than input makes a negative price")
    func moreCachedThanInput() {
        let usage = OpenAIUsage.read([
            "prompt_tokens": 5, "completion_tokens": 1, "prompt_tokens_details": ["cached_tokens": 9, "cache_write_tokens": 9],
        ])
        #expect(usage == Usage(inputTokens: 5, outputTokens: 1, cachedInputTokens: 5))
    }

    @Test("Anthropic's running output count is added up (LiteLLM)")
    func cumulativeOutput() {
        var usage = AnthropicUsage(["input_tokens": 25, "output_tokens": 1])
        usage.update(["output_tokens": 10])
        usage.update(["output_tokens": 15])
        #expect(usage.usage == Usage(inputTokens: 25, outputTokens: 15))
    }

    @Test(
        "Usage is lost because it is not in its usual place",
        arguments: [
            #"{"choices":[{"delta":{},"finish_reason":"stop"}],"x_groq":{"id":"r","usage":{"prompt_tokens":5,"completion_tokens":2}}}"#,
            #"{"choices":[{"delta":{},"finish_reason":"stop","usage":{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7}}]}"#,
        ])
    func unusualPlaces(event: String) throws {
        #expect(try openAI([event, "[DONE]"]).usage == Usage(inputTokens: 5, outputTokens: 2))
    }

    @Test("No usage is taken for usage of nothing")
    func missingUsage() throws {
        #expect(try openAI([#"{"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}]}"#]).usage == nil)
        #expect(OllamaUsage.read(["done": true]) == nil)
    }

    // MARK: Tool calls

    @Test("Two calls are merged into one because both have index 0 (Ollama), or none has one (Google)")
    func mergedCalls() throws {
        for index in [#""index":0,"#, ""] {
            let calls = try tools([
                "{\(index)\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}",
                "{\(index)\"id\":\"b\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}",
            ])
            #expect(calls.map(\.id) == ["a", "b"])
            #expect(calls.map(\.arguments) == ["{}", "{}"])
        }
    }

    @Test("One call becomes several because each fragment has another id (vLLM)")
    func changingIDs() throws {
        let calls = try tools([
            #"{"index":0,"id":"a","function":{"name":"f","arguments":""}}"#, #"{"index":0,"id":"b","function":{"arguments":"{\"x\""}}"#,
            #"{"index":0,"id":"c","function":{"arguments":":1}"}}"#,
        ])
        #expect(calls == [ToolCall(id: "a", name: "f", arguments: #"{"x":1}"#)])
    }

    @Test("A name that each fragment repeats is joined to itself")
    func repeatedNames() throws {
        let calls = try tools([
            #"{"index":0,"id":"a","function":{"name":"f","arguments":"{"}}"#,
            #"{"index":0,"id":"a","function":{"name":"f","arguments":"}"}}"#,
        ])
        #expect(calls == [ToolCall(id: "a", name: "f", arguments: "{}")])
    }

    @Test("Fragments of several calls are mixed up when they take turns")
    func interleaved() throws {
        let calls = try tools([
            #"{"index":1,"id":"b","function":{"name":"g","arguments":"{\"y\""}}"#,
            #"{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\""}}"#,
            #"{"index":1,"function":{"arguments":":2}"}}"#, #"{"index":0,"function":{"arguments":":1}"}}"#,
        ])
        #expect(calls.map(\.arguments) == [#"{"x":1}"#, #"{"y":2}"#])
    }

    @Test("Arguments that are an object, missing or null, and a missing id, break the answer")
    func oddCalls() throws {
        let calls = try tools([
            #"{"function":{"name":"f","arguments":{"x":1}}}"#, #"{"function":{"name":"g"}}"#,
            #"{"function":{"name":"h","arguments":null}}"#,
        ])
        #expect(calls.map(\.arguments) == [#"{"x":1}"#, "{}", "{}"])
        #expect(Set(calls.map(\.id)).count == 3)
    }

    @Test("A forced tool's answer says `stop`, and nobody calls the tool")
    func forcedTool() throws {
        let answer = try openAIWhole(
            #"{"choices":[{"message":{"content":null,"tool_calls":[{"id":"a","function":{"name":"f","arguments":"{}"}}]},"finish_reason":"stop"}]}"#
        )
        #expect(answer.finishReason == "tool_calls")
    }

    // MARK: Shapes

    @Test(
        "Empty or null choices, deltas and contents break the stream",
        arguments: [
            #"{"choices":[]}"#, #"{"choices":null}"#, "{}", #"{"choices":[{"index":0,"delta":null}]}"#, #"{"choices":[{"index":0}]}"#,
            #"{"choices":[{"delta":{"content":null,"tool_calls":null}}]}"#, #"{"choices":[{"delta":{"tool_calls":[]}}],"error":null}"#,
            #"{"choices":[{"index":1,"delta":{"content":"the second answer"}}]}"#, #"{"choices":[{"delta":{},"finish_reason":""}]}"#,
        ])
    func oddEvents(event: String) throws {
        let answer = try openAI([
            event, #"{"choices":[{"delta":{"content":"a"}}]}"#, event, #"{"choices":[{"delta":{},"finish_reason":"stop"}]}"#, event,
        ])
        #expect(answer.text == "a")
        #expect(answer.finishReason == "stop")
    }

    @Test("A finish reason that nobody knew breaks the answer", arguments: ["brand_new", "tool_calls", "stop"])
    func unknownFinishReason(word: String) throws {
        #expect(try openAIWhole(#"{"choices":[{"message":{"content":"a"},"finish_reason":"\#(word)"}]}"#).finishReason == word)
        let anthropic = try stream(
            .anthropic,
            [
                #"{"type":"message_start","message":{}}"#, #"{"type":"message_delta","delta":{"stop_reason":"pause_turn"}}"#,
                #"{"type":"message_stop"}"#,
            ])
        #expect(anthropic.finishReason == "pause_turn")
    }

    @Test("Gemini's recitation is taken for a tool's call (TensorZero)")
    func recitation() throws {
        #expect(try stream(.gemini, [#"{"candidates":[{"finishReason":"RECITATION"}]}"#]).finishReason == "content_filter")
    }

    @Test("Content in parts is lost (Mistral's reasoning)")
    func contentParts() throws {
        let answer = try openAIWhole(
            #"{"choices":[{"message":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"Hm."}]},{"type":"text","text":"42"}]}}]}"#
        )
        #expect(answer.text == "42")
        #expect(answer.message == ["role": "assistant", "content": "42", "reasoning_content": "Hm."])
    }

    @Test("Reasoning under another name is lost, or doubled when both names come (vLLM, OpenRouter)")
    func reasoningNames() throws {
        let short = try openAI([#"{"choices":[{"delta":{"reasoning":"Hm."},"finish_reason":"stop"}]}"#])
        #expect(short.message["reasoning_content"] == "Hm.")
        let both = try openAI([#"{"choices":[{"delta":{"reasoning":"Hm.","reasoning_content":"Hm."},"finish_reason":"stop"}]}"#])
        #expect(both.message["reasoning_content"] == "Hm.")
    }

    // MARK: Errors inside a stream

    @Test(
        "An error inside a 200 is swallowed",
        arguments: [
            (#"{"error":{"message":"x","code":502}}"#, .serverError), (#"{"error":"x"}"#, .serverError),
            (#"{"object":"error","message":"x","code":400}"#, .invalidRequest),
            (#"{"choices":[{"delta":{},"finish_reason":"error","error":{"code":429,"message":"x"}}]}"#, .rateLimited),
            (#"{"error":{"message":"x","type":"insufficient_quota"}}"#, .quotaExhausted),
        ] as [(String, ModelError.Kind)])
    func swallowed(event: String, kind: ModelError.Kind) throws {
        let fault = #expect(throws: WireFault.self) { try openAI([#"{"choices":[{"delta":{"content":"a"}}]}"#, event, "[DONE]"]) }
        #expect(fault?.kind == kind)
    }

    @Test("An event of type `error` in no known form is swallowed")
    func errorEvent() throws {
        let bytes = Array(
            "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\nevent: error\ndata: {\"oops\":1}\n\ndata: [DONE]\n\n".utf8)
        #expect(throws: WireFault.self) { try ProviderContract.openAI.assemble([bytes[...]], .prompt("Hello", stream: true)) }
    }

    @Test("DeepSeek without machines is an empty success")
    func emptySuccess() {
        let fault = #expect(throws: WireFault.self) {
            try openAIWhole(#"{"choices":[{"message":{"content":""},"finish_reason":"insufficient_system_resource"}]}"#)
        }
        #expect(fault?.kind == .serverError)
    }
}
