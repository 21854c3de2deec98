import CurlHTTP
import Logging
import ModelProviders
import MoltBotCore
import TestSupport

/// Runs a test with a real HTTP client and an OpenAI-compatible provider for a real server with that script.
func withOpenAI<Result>(
    _ script: @escaping ModelServer.Script = ModelServer.echo, apiKey: SecretString? = SecretString("sk-secret-123"),
    headers: [String: String] = [:], maximumResponseBytes: Int = 1024 * 1024,
    run body: (OpenAICompatibleProvider, ModelServer) async throws -> Result
) async throws -> Result {
    try await withModelServer(script) { server in
        let client = HTTPClient(logger: Logger(label: "test"))
        let result: Swift.Result<Result, any Error>
        do {
            let provider = try OpenAICompatibleProvider(
                baseURL: server.baseURL, apiKey: apiKey, client: client, headers: headers, maximumResponseBytes: maximumResponseBytes)
            result = .success(try await body(provider, server))
        } catch {
            result = .failure(error)
        }
        await client.shutdown()
        return try result.get()
    }
}

extension ModelCall {
    static func prompt(
        _ text: String, stream: Bool = false, parameters: [String: JSONValue] = [:], authorization: ModelAuthorization = .none,
        timeout: Duration = .seconds(20), attempt: Int = 1
    ) -> ModelCall {
        ModelCall(
            model: "test-model", content: .prompt(text), parameters: TaskParameters(parameters), authorization: authorization,
            timeout: timeout, isStreamed: stream, attempt: attempt)
    }
}

extension ModelProvider {
    /// The error of a call that must fail.
    func failure(of call: ModelCall) async throws -> ModelError {
        let answer: ModelAnswer
        do throws(ModelError) {
            answer = try await complete(call, onDelta: nil)
        } catch {
            return error
        }
        throw UnexpectedAnswer(answer: answer)
    }

    /// The answer and the pieces it came in.
    func streamed(_ call: ModelCall) async throws -> (answer: ModelAnswer, deltas: [String]) {
        let deltas = Recorder<String>()
        let answer = try await complete(call) { deltas.record($0.text) }
        return (answer, deltas.elements)
    }
}

/// A call that had to fail did not.
struct UnexpectedAnswer: Error {
    let answer: ModelAnswer
}
