import CurlHTTP
import MoltBotCore
import Testing

@testable import ModelProviders

/// What the common contract does not ask, because only one provider has it.
@Suite("Requests that one provider alone knows")
struct ProviderDetailTests {
    private func call(_ parameters: [String: JSONValue], model: String = "m", _ messages: [JSONValue] = []) -> ModelCall {
        ModelCall(model: model, content: messages.isEmpty ? .prompt("Hi") : .messages(messages), parameters: TaskParameters(parameters))
    }

    private func anthropic(_ call: ModelCall) throws -> JSONValue {
        try JSONValue.parse(AnthropicDialect(root: "", defaultMaxTokens: 100).request(for: call).body)
    }

    private func gemini(_ call: ModelCall) throws -> JSONValue { try JSONValue.parse(GeminiDialect(root: "").request(for: call).body) }

    private func openAI(_ call: ModelCall, _ keyHeader: String? = nil) throws -> JSONValue {
        try JSONValue.parse(OpenAIDialect(place: .base(""), keyHeader: keyHeader).request(for: call).body)
    }

    private func refusal(_ body: () throws -> JSONValue) -> String? {
        let error = #expect(throws: ModelError.self) { try body() }
        #expect(error?.kind == .invalidRequest)
        return error?.message
    }

    // MARK: OpenAI

    @Test(
        "The answer's limit has the name that the model knows",
        arguments: [
            ("o1", "max_completion_tokens"), ("o3-mini", "max_completion_tokens"), ("gpt-5", "max_completion_tokens"),
            ("openai/gpt-5-nano", "max_completion_tokens"), ("o4-mini-2025-04-16", "max_completion_tokens"), ("gpt-4o", "max_tokens"),
            ("deepseek-chat", "max_tokens"), ("openchat", "max_tokens"), ("omni", "max_tokens"), ("o1x", "max_tokens"),
        ])
    func limitName(model: String, name: String) throws {
        for given in ["max_tokens", "max_completion_tokens"] {
            let body = try openAI(call([given: 5], model: model))
            #expect(body.objectValue?.keys.sorted() == [name, "messages", "model"].sorted())
            #expect(body[name] == 5)
        }
        // An Azure deployment's name hides the model, so the task's own word stands.
        #expect(try openAI(call(["max_completion_tokens": 5], model: "mine"), "api-key")["max_completion_tokens"] == 5)
    }

    @Test("Azure's names of deployments stay in their place in the path")
    func azurePath() throws {
        let dialect = OpenAIDialect(place: .azureDeployments(try ProviderURL("https://r.openai.azure.com/"), apiVersion: "v"))
        let url = try dialect.request(for: call([:], model: "../a b?x=1")).url
        #expect(url == "https://r.openai.azure.com/openai/deployments/..%2Fa%20b%3Fx%3D1/chat/completions?api-version=v")
        #expect(throws: ModelError.self) { try dialect.request(for: call([:], model: "..")) }
        #expect(throws: ModelError.self) { try GeminiDialect(root: "").request(for: call([:], model: "")) }
    }

    // MARK: Anthropic

    @Test("Thoughts go back to Anthropic unchanged, and caching marks with them")
    func thinkingBlocks() throws {
        let thought: JSONValue = ["type": "thinking", "thinking": "Hm.", "signature": "sig"]
        let body = try anthropic(
            call(
                [:],
                [
                    ["role": "system", "content": [["type": "text", "text": "A", "cache_control": ["type": "ephemeral"]]]],
                    ["role": "user", "content": "B"], ["role": "assistant", "content": "C", "thinking_blocks": [thought]],
                ]))
        #expect(body["system"] == [["type": "text", "text": "A", "cache_control": ["type": "ephemeral"]]])
        #expect(body["messages"]?[1]?["content"] == [thought, ["type": "text", "text": "C"]])
    }

    @Test("A tool's results come first in the user's turn, also when the user spoke before them")
    func resultsFirst() throws {
        let call = call(
            [:],
            [
                ["role": "user", "content": "A"],
                ["role": "assistant", "tool_calls": [["id": "x", "function": ["name": "f", "arguments": ""]]]],
                ["role": "user", "content": "B"], ["role": "tool", "tool_call_id": "x", "content": "C"],
            ])
        let body = try anthropic(call)
        #expect(body["messages"]?[1]?["content"] == [["type": "tool_use", "id": "x", "name": "f", "input": [:]]])
        #expect(body["messages"]?[2]?["content"]?[0]?["type"] == "tool_result")
        #expect(body["messages"]?[2]?["content"]?[1]?["text"] == "B")
    }

    @Test("Temperatures end at 1, thinking takes none, and no tool is forced before it")
    func thinkingRules() throws {
        #expect(try anthropic(call(["temperature": 1.8]))["temperature"] == 1.0)
        let thinking = try anthropic(call(["temperature": 0.3, "reasoning_effort": "high", "max_tokens": 2000]))
        #expect(thinking["temperature"] == nil)
        #expect(thinking["thinking"]?["budget_tokens"] == 1999)
        #expect(try anthropic(call(["reasoning_effort": "high", "max_tokens": 500]))["thinking"] == nil)
        let forced = try anthropic(call(["reasoning_effort": "high", "response_format": ["type": "json_object"]]))
        #expect(forced["thinking"] == nil)
        #expect(forced["tool_choice"] == ["type": "tool", "name": "json_response"])
        let own = try anthropic(
            call(["thinking": ["type": "enabled", "budget_tokens": 3000], "max_tokens": 4000, "response_format": ["type": "json_object"]]))
        #expect(own["thinking"]?["budget_tokens"] == 3000)
        #expect(own["tool_choice"] == ["type": "auto"])
    }

    @Test("Its own parameters pass, OpenAI's alone do not")
    func nativeParameters() throws {
        let body = try anthropic(
            call(["top_k": 5, "logit_bias": [:], "user": "u", "service_tier": "default", "n": 1, "metadata": ["a": "b"]]))
        #expect(body["top_k"] == 5 && body["logit_bias"] == nil && body["n"] == nil)
        #expect(body["metadata"] == ["user_id": "u"])
        #expect(body["service_tier"] == "standard_only")
    }

    @Test("Anthropic says until when a budget is spent")
    func untilAccessReturns() throws {
        let now = try #require(Timestamp(rfc3339: "2026-11-20T23:00:00Z"))
        let message = "You have reached your specified API usage limits. You will regain access on 2026-11-21 at 00:00 UTC."
        #expect(AnthropicFault.untilAccessReturns(message, now: now) == .seconds(3600))
        #expect(AnthropicFault.untilAccessReturns("You will regain access on", now: now) == nil)
    }

    // MARK: Gemini

    @Test("Signatures of thoughts go back to Gemini on the part they came with")
    func thoughtSignatures() throws {
        let signed: JSONValue = ["google": ["thought_signature": "sig"]]
        let body = try gemini(
            call(
                [:],
                [
                    ["role": "user", "content": "A"],
                    [
                        "role": "assistant",
                        "tool_calls": [["id": "x", "function": ["name": "f", "arguments": "{}"], "extra_content": signed]],
                    ],
                    ["role": "tool", "tool_call_id": "x", "content": #"{"b":1}"#],
                    ["role": "assistant", "content": "C", "extra_content": signed],
                ]))
        let contents = try #require(body["contents"])
        #expect(contents[1]?["parts"] == [["functionCall": ["name": "f", "args": [:]], "thoughtSignature": "sig"]])
        #expect(contents[2]?["parts"] == [["functionResponse": ["name": "f", "response": ["b": 1]]]])
        #expect(contents[3]?["parts"] == [["text": "C", "thoughtSignature": "sig"]])
    }

    @Test("Gemini's own settings pass and win")
    func geminiNative() throws {
        let body = try gemini(
            call([
                "temperature": 0.1, "top_k": 3, "generationConfig": ["temperature": 0.9], "safety_settings": [["category": "X"]],
                "cachedContent": "c",
            ]))
        #expect(body["generationConfig"] == ["temperature": 0.9, "topK": 3])
        #expect(body["safetySettings"] == [["category": "X"]])
        #expect(body["safety_settings"] == nil && body["cachedContent"] == "c")
    }

    // MARK: What a provider cannot take

    @Test("Names what a provider cannot take, before anything is sent")
    func refusals() throws {
        let image: JSONValue = ["type": "image_url", "image_url": ["url": "https://example.org/a.png"]]
        let remote = call([:], [["role": "user", "content": [image]]])
        #expect(
            try gemini(remote)["contents"]?[0]?["parts"]
                == [["fileData": ["mimeType": "image/png", "fileUri": "https://example.org/a.png"]]])
        #expect(
            try anthropic(remote)["messages"]?[0]?["content"]
                == [["type": "image", "source": ["type": "url", "url": "https://example.org/a.png"]]])
        let ollama = OllamaDialect(root: "", contextTokens: nil)
        #expect(
            refusal { try JSONValue.parse(ollama.request(for: remote).body) }?.hasPrefix("messages[0].content[0].image_url.url: expected")
                == true)
        let audio = call(
            [:], [["role": "user", "content": [["type": "input_audio", "input_audio": ["data": "eA==", "format": "wav"]]]]])
        #expect(refusal { try anthropic(audio) }?.hasPrefix("messages[0].content[0].type: expected text, image_url or file") == true)
        #expect(
            refusal { try anthropic(call([:], [["role": "user", "content": [["type": "video"]]]])) }
                == #"messages[0].content[0].type: expected text, image_url, input_audio or file, got "video""#)
        let broken = call([:], [["role": "assistant", "tool_calls": [["id": "x", "function": ["name": "f", "arguments": "{"]]]]])
        #expect(refusal { try gemini(broken) }?.hasPrefix("messages[0].tool_calls[0].function.arguments: expected a JSON object") == true)
        #expect(refusal { try anthropic(call(["tool_choice": "sometimes"])) }?.hasPrefix("parameters.tool_choice: expected auto") == true)
        let tokens = ModelCall(model: "m", content: .input([1, 2]))
        #expect(refusal { try gemini(tokens) }?.contains("Gemini embeds no token numbers") == true)
    }
}
