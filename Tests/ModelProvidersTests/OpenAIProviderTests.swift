import CurlHTTP
import Logging
import ModelProviders
import MoltBotCore
import NIOHTTP1
import TestSupport
import Testing

@Suite("OpenAI-compatible services")
struct OpenAIProviderTests {
    private static let completion = #"{"choices":[{"message":{"role":"assistant","content":"ok"},"finish_reason":"stop"}]}"#

    @Test("Sends the parameters as given, but never lets them replace what the task says")
    func request() async throws {
        try await withOpenAI({ _ in .json(Self.completion) }, headers: ["OpenAI-Organization": "org"]) { provider, server in
            let parameters: [String: JSONValue] = [
                "temperature": 0.5, "max_tokens": 7, "stop": ["x"], "seed": 3, "response_format": ["type": "json_object"],
                "tools": [["type": "function"]], "model": "other", "stream": true, "messages": [],
            ]
            _ = try await provider.complete(.prompt("Hello", parameters: parameters), onDelta: nil)
            let request = try #require(server.requests.elements.first)
            #expect(request.uri == "/v1/chat/completions")
            #expect(request.headers.first(name: "authorization") == "Bearer sk-secret-123")
            #expect(request.headers.first(name: "content-type") == "application/json")
            #expect(request.headers.first(name: "openai-organization") == "org")
            #expect(
                try JSONValue.parse(request.body) == [
                    "model": "test-model", "messages": [["role": "user", "content": "Hello"]], "temperature": 0.5, "max_tokens": 7,
                    "stop": ["x"],
                    "seed": 3, "response_format": ["type": "json_object"], "tools": [["type": "function"]],
                ])
        }
    }

    @Test("Asks for usage when it streams")
    func streamRequest() async throws {
        try await withOpenAI { provider, server in
            _ = try await provider.streamed(.prompt("Hello", stream: true))
            let body = try JSONValue.parse(try #require(server.requests.elements.first).body)
            #expect(body["stream"] == true)
            #expect(body["stream_options"] == ["include_usage": true])
        }
    }

    @Test("Reads tool calls, cached and reasoning tokens")
    func details() async throws {
        let message =
            #"{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]}"#
        let json = #"""
            {"model":"m-1","choices":[{"message":\#(message),"finish_reason":"tool_calls"}],
             "usage":{"prompt_tokens":10,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":4},
                      "completion_tokens_details":{"reasoning_tokens":3}}}
            """#
        try await withOpenAI({ _ in .json(json) }) { provider, _ in
            let answer = try await provider.complete(.prompt("a"), onDelta: nil)
            #expect(answer.text == nil)
            #expect(answer.message == (try JSONValue.parse(message)))
            #expect(answer.finishReason == "tool_calls")
            #expect(answer.usage == Usage(inputTokens: 10, outputTokens: 5, cachedInputTokens: 4, reasoningTokens: 3))
            #expect(answer.providerModel == "m-1")
        }
    }

    @Test("Embeds, and puts the vectors in the order of the inputs")
    func embeddings() async throws {
        let json =
            #"{"data":[{"index":1,"embedding":[2]},{"index":0,"embedding":[1]}],"model":"e","usage":{"prompt_tokens":8,"total_tokens":8}}"#
        try await withOpenAI({ _ in .json(json) }) { provider, server in
            let call = ModelCall(model: "e", content: .input(["a", "b"]), parameters: TaskParameters(["dimensions": 1]), isStreamed: true)
            let answer = try await provider.complete(call, onDelta: nil)
            #expect(
                answer.message == [
                    ["object": "embedding", "index": 0, "embedding": [1]], ["object": "embedding", "index": 1, "embedding": [2]],
                ])
            #expect(answer.usage == Usage(inputTokens: 8))
            let request = try #require(server.requests.elements.first)
            #expect(request.uri == "/v1/embeddings")
            #expect(try JSONValue.parse(request.body) == ["model": "e", "input": ["a", "b"], "dimensions": 1])
        }
    }

    @Test("Accepts base URLs as people write them", arguments: ["", "/", "/v1", "/v1/"])
    func baseURLs(path: String) async throws {
        try await withModelServer { server in
            let client = HTTPClient(logger: Logger(label: "test"))
            let provider = try OpenAICompatibleProvider(baseURL: "http://127.0.0.1:\(server.port)\(path)", apiKey: nil, client: client)
            let answer = try await provider.complete(.prompt("Hello"), onDelta: nil)
            #expect(answer.text == "Hello")
            #expect(server.requests.elements.first?.headers.contains(name: "authorization") == false)
            await client.shutdown()
        }
    }

    @Test("Refuses what is no base URL", arguments: ["", "api.openai.com", "ftp://x", "https://", "https://x/v1?key=1", "https://x y"])
    func badBaseURLs(url: String) {
        #expect(throws: ModelError.self) {
            try OpenAICompatibleProvider(baseURL: url, apiKey: nil, client: HTTPClient(logger: Logger(label: "test")))
        }
    }

    @Test("Puts streamed tool calls together by their index")
    func streamedToolCalls() async throws {
        let events = [
            #"{"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":""}}]}}]}"#,
            #"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"id":"b","type":"function","function":{"name":"g","arguments":"{}"}}]}}]}"#,
            #"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"x\""}}]}}]}"#,
            #"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":":1}"}}]}}]}"#,
            #"{"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}"#,
            #"{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}"#, "[DONE]",
        ]
        try await withOpenAI({ _ in .events(events) }) { provider, _ in
            let (answer, deltas) = try await provider.streamed(.prompt("a", stream: true))
            #expect(deltas.isEmpty)
            #expect(answer.text == nil)
            #expect(
                answer.message["tool_calls"] == [
                    ["id": "a", "type": "function", "function": ["name": "f", "arguments": #"{"x":1}"#]],
                    ["id": "b", "type": "function", "function": ["name": "g", "arguments": "{}"]],
                ])
            #expect(answer.finishReason == "tool_calls")
            #expect(answer.usage == Usage(inputTokens: 1, outputTokens: 2))
        }
    }

    @Test("A service that ignores `stream` is understood all the same")
    func unstreamed() async throws {
        try await withOpenAI({ _ in .json(Self.completion) }) { provider, _ in
            let (answer, deltas) = try await provider.streamed(.prompt("a", stream: true))
            #expect(answer.text == "ok")
            #expect(deltas == ["ok"])
        }
    }

    @Test("A stream without [DONE] is complete once it has a finish reason")
    func withoutDone() async throws {
        let events = [#"{"choices":[{"delta":{"content":"Hi"}}]}"#, #"{"choices":[{"delta":{},"finish_reason":"length"}]}"#]
        try await withOpenAI({ _ in .events(events) }) { provider, _ in
            let (answer, _) = try await provider.streamed(.prompt("a", stream: true))
            #expect(answer.text == "Hi")
            #expect(answer.finishReason == "length")
        }
    }
}
