package import CurlHTTP
package import MoltBotCore
import NIOCore

/// OpenAI, and everyone who speaks its chat completions and embeddings: Groq, Mistral, DeepSeek, OpenRouter, vLLM, Ollama ...
package struct OpenAICompatibleProvider: ModelProvider {
    package let name: String
    private let endpoint: OpenAIEndpoint
    private let apiKey: SecretString?
    private let client: HTTPClient
    private let headers: HTTPHeaders
    private let maximumResponseBytes: Int

    /// - Parameters:
    ///   - baseURL: For example `https://api.openai.com` or `https://api.groq.com/openai/v1`.
    ///   - headers: Sent with each request, such as `OpenAI-Organization`.
    /// - Throws: ``ModelError/Kind/invalidRequest`` when the base URL is none.
    package init(
        name: String = "openai", baseURL: String, apiKey: SecretString?, client: HTTPClient, headers: [String: String] = [:],
        maximumResponseBytes: Int = 32 * 1024 * 1024
    ) throws(ModelError) {
        self.name = name
        self.apiKey = apiKey
        self.client = client
        self.maximumResponseBytes = maximumResponseBytes
        endpoint = try OpenAIEndpoint(baseURL: baseURL)
        var all: HTTPHeaders = ["Content-Type": "application/json"]
        if let apiKey { all.add(name: "Authorization", value: "Bearer \(apiKey.reveal())") }
        for (name, value) in headers { all.set(name: name, value: value) }
        self.headers = all
    }

    package func complete(_ call: ModelCall, onDelta: DeltaHandler?) async throws(ModelError) -> ModelAnswer {
        let request = HTTPRequest(
            method: "POST", url: call.content.operation == .chat ? endpoint.chatCompletions : endpoint.embeddings, headers: headers,
            body: ByteBuffer(bytes: OpenAIRequestBody.encode(call)), timeouts: HTTPTimeouts(total: call.timeout),
            maximumResponseBytes: maximumResponseBytes)
        if call.isStreamed, call.content.operation == .chat {
            return try await stream(request, call, onDelta)
        }
        return try await exchange(request, call)
    }

    private func exchange(_ request: HTTPRequest, _ call: ModelCall) async throws(ModelError) -> ModelAnswer {
        let response: HTTPResponse
        do {
            response = try await client.execute(request)
        } catch {
            throw ModelError(error, timeout: call.timeout)
        }
        return try answer(status: response.status, headers: response.headers, body: response.body, call)
    }

    private func answer(
        status: Int, headers: HTTPHeaders, body: ByteBuffer, _ call: ModelCall
    ) throws(ModelError) -> ModelAnswer {
        guard (200...299).contains(status) else {
            throw ModelError(openAIStatus: status, headers: headers, body: body.readableBytesView, secret: apiKey)
        }
        guard let document = body.withUnsafeReadableBytes({ try? JSONValue.parse($0) }) else {
            throw ModelError(.serverError, status: status, message: "The answer is not JSON: \(BodyExcerpt(body.readableBytesView))")
        }
        if let failure = OpenAIFailure(document) { throw failure.error(status: 200, headers: headers, secret: apiKey) }
        return try OpenAIAnswer.read(document, operation: call.content.operation)
    }

    private func stream(_ request: HTTPRequest, _ call: ModelCall, _ onDelta: DeltaHandler?) async throws(ModelError) -> ModelAnswer {
        do {
            return try await client.stream(request) { head, body in
                guard head.status == 200, head.headers["content-type"]?.lowercased().hasPrefix("text/event-stream") == true else {
                    // An error, or a service that ignores `stream`.
                    let answer = try answer(status: head.status, headers: head.headers, body: await body.collect(), call)
                    if let text = answer.text, !text.isEmpty { try await deliver(ModelDelta(text: text), to: onDelta) }
                    return answer
                }
                return try await readEvents(body, call, onDelta)
            }
        } catch let error as ModelError {
            throw error
        } catch let error as HTTPError {
            throw ModelError(error, timeout: call.timeout)
        } catch {
            throw ModelError(.cancelled, message: "\(error)")
        }
    }

    private func readEvents(_ body: HTTPBodyStream, _ call: ModelCall, _ onDelta: DeltaHandler?) async throws(ModelError) -> ModelAnswer {
        var parser = ServerSentEventParser()
        var stream = OpenAIStream()
        let pieces = body.makeAsyncIterator()
        do {
            // Read to the very end, also after [DONE], so that the connection can be used again.
            while let piece = try await pieces.next() {
                for event in piece.withUnsafeReadableBytes({ parser.feed($0) }) {
                    if let delta = try stream.receive(event.data, secret: apiKey) { try await deliver(delta, to: onDelta) }
                }
            }
        } catch let error as HTTPError {
            // Whatever happens to the connection after [DONE], the answer is complete.
            if !stream.isDone { throw ModelError(error, timeout: call.timeout, isAnswering: true) }
        } catch let error as ModelError {
            throw error
        } catch {
            throw ModelError(.cancelled, message: "\(error)")
        }
        return try stream.finish()
    }

    private func deliver(_ delta: ModelDelta, to onDelta: DeltaHandler?) async throws(ModelError) {
        do {
            try await onDelta?(delta)
        } catch {
            throw ModelError(.cancelled, message: "The answer could not be passed on: \(error)")
        }
    }
}
