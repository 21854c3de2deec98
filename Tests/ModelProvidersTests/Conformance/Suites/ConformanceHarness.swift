import CurlHTTP
import Logging
import ModelProviders
import MoltBotCore
import NIOHTTP1
import TestSupport

/// Runs a test with the contract's provider and a real server that answers every request of it with `response`.
func withServed<Result>(
    _ contract: ProviderContract, _ response: ModelResponse, maximumResponseBytes: Int = 1 << 20,
    run body: (any ModelProvider, ModelServer) async throws -> Result
) async throws -> Result {
    try await withModelServer({ _ in response }) { server in
        let client = HTTPClient(logger: Logger(label: "test"))
        let result: Swift.Result<Result, any Error>
        do {
            result = .success(try await body(contract.make("http://127.0.0.1:\(server.port)", client, maximumResponseBytes), server))
        } catch {
            result = .failure(error)
        }
        await client.shutdown()
        return try result.get()
    }
}

extension ModelResponse {
    /// A stream, cut where the network may cut it.
    static func replay(_ stream: String, of contract: ProviderContract, cutEverywhere: Bool = false) -> ModelResponse {
        let pieces = cutEverywhere ? stream.unicodeScalars.map { String($0) } : [stream, ""]
        return ModelResponse(headers: ["content-type": contract.streamType], chunks: pieces.map { Chunk($0) })
    }
}
