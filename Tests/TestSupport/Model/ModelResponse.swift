package import NIOHTTP1

/// What the model server does with one request.
package struct ModelResponse: Sendable {
    /// A piece of the body and the pause before it.
    package struct Chunk: Sendable {
        package var text: String
        package var pause: Duration

        package init(_ text: String, after pause: Duration = .zero) {
            self.text = text
            self.pause = pause
        }
    }

    /// What happens after the last chunk.
    package enum Ending: Sendable {
        case complete
        /// The connection closes with the body unfinished.
        case closeConnection
        /// Nothing: the connection stays open and silent until the client leaves.
        case silence
        /// The connection is reset (RST), before the head when there are no chunks.
        case reset
    }

    package var status: Int
    package var headers: HTTPHeaders
    package var chunks: [Chunk]
    package var ending: Ending
    /// How long to wait before the response head.
    package var delay: Duration
    /// Nothing is sent before this gate opens.
    package var gate: Gate?

    /// - Parameter chunks: sent one by one with chunked transfer coding; a single chunk gets a content length.
    package init(
        status: Int = 200, headers: HTTPHeaders = ["content-type": "application/json"], chunks: [Chunk], ending: Ending = .complete,
        delay: Duration = .zero, gate: Gate? = nil
    ) {
        self.status = status
        self.headers = headers
        self.chunks = chunks
        self.ending = ending
        self.delay = delay
        self.gate = gate
    }

    /// A JSON body.
    package static func json(_ body: String, status: Int = 200, headers: HTTPHeaders = [:]) -> ModelResponse {
        var all: HTTPHeaders = ["content-type": "application/json"]
        all.add(contentsOf: headers)
        return ModelResponse(status: status, headers: all, chunks: [Chunk(body)])
    }

    /// An error in OpenAI's form.
    package static func failure(_ status: Int, _ message: String, type: String = "server_error", headers: HTTPHeaders = [:])
        -> ModelResponse
    {
        json(ChatCompletion.failure(message, type: type), status: status, headers: headers)
    }

    /// A finished chat completion with usage.
    package static func completion(_ text: String, model: String = "test-model") -> ModelResponse {
        json(ChatCompletion(text: text, model: model).json)
    }

    /// A chat completion streamed as server-sent events: one event a piece, then the finish reason, usage and `[DONE]`.
    package static func stream(_ pieces: [String], model: String = "test-model", pause: Duration = .zero) -> ModelResponse {
        events(ChatCompletion.streamed(pieces, model: model) + ["[DONE]"], pause: pause)
    }

    /// Server-sent events with the given data, `pause` before each.
    package static func events(_ data: [String], pause: Duration = .zero) -> ModelResponse {
        ModelResponse(
            headers: ["content-type": "text/event-stream", "cache-control": "no-cache"],
            chunks: data.map { Chunk("data: \($0)\n\n", after: pause) })
    }

    /// Answers like `self` once the gate opens; until then the request hangs.
    package func held(by gate: Gate) -> ModelResponse { with { $0.gate = gate } }

    /// Answers like `self` after a while.
    package func delayed(by delay: Duration) -> ModelResponse { with { $0.delay = delay } }

    /// Sends what `self` sends and then ends differently.
    package func ending(_ ending: Ending) -> ModelResponse { with { $0.ending = ending } }

    private func with(_ change: (inout ModelResponse) -> Void) -> ModelResponse {
        var copy = self
        change(&copy)
        return copy
    }
}
