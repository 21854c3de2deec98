import CurlHTTP
import Logging
import ModelProviders
import MoltBotCore
import TestSupport
import Testing

/// A server that nobody here wrote: llama.cpp's, with a tiny model of random weights.
@Suite("llama.cpp's own server")
struct LlamaServerTests {
    @Test("Answers, streams, embeds and refuses through the OpenAI-compatible provider", .timeLimit(.minutes(30)))
    func everything() async throws {
        try await withLlamaServer { provider in
            try await chat(provider)
            try await vectors(provider)
            for stream in [false, true] {
                let error = try await provider.failure(of: .prompt(String(repeating: "a", count: 2000), stream: stream))
                #expect(error.kind == .contextLength && error.status == 400)
            }
        }
    }

    private func chat(_ provider: OpenAICompatibleProvider) async throws {
        let parameters: [String: JSONValue] = ["max_tokens": 8, "temperature": 0, "seed": 1]
        let whole = try await provider.complete(.prompt("Hi", parameters: parameters), onDelta: nil)
        #expect(whole.text?.isEmpty == false)
        #expect(whole.message == ["role": "assistant", "content": whole.text.map(JSONValue.string) ?? .null])
        #expect(whole.finishReason == "length")
        #expect(whole.usage?.outputTokens == 8)
        // One token a byte, and the prompt is in a template.
        #expect((whole.usage?.inputTokens ?? 0) > 10)
        #expect(whole.providerModel?.hasSuffix("tiny.gguf") == true)

        let (streamed, deltas) = try await provider.streamed(.prompt("Hi", stream: true, parameters: parameters))
        #expect(deltas.joined() == streamed.text && deltas.count > 1)
        #expect(streamed.finishReason == "length")
        #expect(streamed.usage?.outputTokens == 8 && streamed.usage?.inputTokens == whole.usage?.inputTokens)
    }

    private func vectors(_ provider: OpenAICompatibleProvider) async throws {
        let call = ModelCall(model: "tiny", content: .input(["one", "two", "one"]))
        let answer = try await provider.complete(call, onDelta: nil)
        let vectors = (0..<3).map { answer.message[$0]?["embedding"]?.arrayValue ?? [] }
        #expect(vectors.map(\.count) == [32, 32, 32])
        #expect(vectors[0] != vectors[1])
        #expect((answer.usage?.inputTokens ?? 0) >= 9)
    }

    private func withLlamaServer(_ body: (OpenAICompatibleProvider) async throws -> Void) async throws {
        let python = try await PythonEnvironment.interpreter(with: .llamaServer)
        let script = BuildProducts.repository + "/Tests/ModelProvidersTests/ForeignServer/llama_server.py"
        let folder = try await TestRun.makeDirectory("llama")
        try await withChildProcess(python, [script, folder]) { server in
            let line = try await server.output.first("the server to listen", within: .seconds(60)) { $0.hasPrefix("listening ") }
            let client = HTTPClient(logger: Logger(label: "test"))
            let result: Result<Void, any Error>
            do {
                let provider = try OpenAICompatibleProvider(baseURL: String(line.dropFirst("listening ".count)), client: client)
                result = .success(try await body(provider))
            } catch {
                result = .failure(error)
            }
            await client.shutdown()
            try result.get()
        }
    }
}
