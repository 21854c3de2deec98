import FoundationEssentials
import NIOCore
import NIOHTTP1
import NIOPosix

/// A model behind a real HTTP/1.1 server on a loopback port, doing to each request what the test's script says.
///
///     try await withModelServer { request in
///         request.number == 1 ? .failure(429, "slow down", headers: ["retry-after": "1"]) : ModelServer.echo(request)
///     } run: { server in … }
package final class ModelServer: Sendable {
    /// Decides about one request. Runs on an event loop: it must not block.
    package typealias Script = @Sendable (RecordedRequest) -> ModelResponse

    /// `http://127.0.0.1:port/v1`, what an OpenAI-compatible client calls its base URL.
    package let baseURL: String
    package let port: Int
    /// The requests, newest 10,000, recorded before the script sees them.
    package var requests: Recorder<RecordedRequest> { traffic.requests }
    /// The requests whose client closed the connection before the response was complete.
    package var abandoned: Recorder<RecordedRequest> { traffic.abandoned }
    private let listener: any Channel
    private let traffic: ModelTraffic

    /// The answer of an obedient model: echoes the last user message of a chat completion request, streamed if asked to.
    package static func echo(_ request: RecordedRequest) -> ModelResponse {
        guard request.method == "POST", request.uri.hasSuffix("/chat/completions") else {
            return .failure(404, "No such path: \(request.method) \(request.uri)", type: "invalid_request_error")
        }
        guard let chat = try? JSONDecoder().decode(ChatRequest.self, from: Data(request.body)) else {
            return .failure(400, "The body is not a chat completion request.", type: "invalid_request_error")
        }
        let text = chat.lastUserText
        guard chat.stream == true else { return .completion(text, model: chat.model) }
        // The pieces joined together are the text again.
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        return .stream(words.enumerated().map { ($0 == 0 ? "" : " ") + $1 }, model: chat.model)
    }

    init(port: Int, script: @escaping Script) async throws {
        let traffic = ModelTraffic()
        listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 1024)
            // The port of a server that has just stopped can be had again.
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                traffic.add(channel)
                return channel.eventLoop.makeCompletedFuture {
                    // Without pipelining support: it would stop reading during a response and not see the client leave.
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(withPipeliningAssistance: false)
                    try channel.pipeline.syncOperations.addHandler(ModelServerHandler(script: script, traffic: traffic))
                }
            }
            .bind(host: "127.0.0.1", port: port).get()
        guard let port = listener.localAddress?.port else {
            throw TestSupportError(.setUpFailed, "The model server has no port.")
        }
        self.port = port
        self.traffic = traffic
        baseURL = "http://127.0.0.1:\(port)/v1"
    }

    /// Closes every connection, as a crash of the server would; new ones are accepted.
    package func dropConnections() {
        traffic.closeConnections()
    }

    func stop() async {
        try? await listener.close()
        traffic.closeConnections()
    }
}

/// Runs a model server for the length of `body`.
/// - Parameter port: one that an earlier server had; 0 takes any.
package func withModelServer<Result>(
    port: Int = 0, _ script: @escaping ModelServer.Script = ModelServer.echo, run body: (ModelServer) async throws -> Result
) async throws -> Result {
    let server = try await ModelServer(port: port, script: script)
    do {
        let result = try await body(server)
        await server.stop()
        return result
    } catch {
        await server.stop()
        throw error
    }
}
