import ModelProviders
import MoltBotCore
import NIOHTTP1
import TestSupport
import Testing

@Suite("Failures of OpenAI-compatible services")
struct OpenAIFailureTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let status: Int
        let body: String
        let kind: ModelError.Kind
        let isRetryable: Bool
        var testDescription: String { "\(status) \(kind)" }

        init(_ status: Int, _ body: String, _ kind: ModelError.Kind, retry: Bool) {
            (self.status, self.body, self.kind, isRetryable) = (status, body, kind, retry)
        }
    }

    @Test(
        "Each failure has its class",
        arguments: [
            Case(429, #"{"error":{"message":"slow","type":"requests","code":"rate_limit_exceeded"}}"#, .rateLimited, retry: true),
            Case(
                429, #"{"error":{"message":"pay","type":"insufficient_quota","code":"insufficient_quota"}}"#, .quotaExhausted, retry: false),
            Case(402, "{}", .quotaExhausted, retry: false), Case(401, #"{"error":{"message":"key"}}"#, .auth, retry: false),
            Case(403, "", .auth, retry: false), Case(404, #"{"error":{"code":"model_not_found"}}"#, .notFound, retry: false),
            Case(400, #"{"error":{"message":"long","code":"context_length_exceeded"}}"#, .contextLength, retry: false),
            Case(400, #"{"object":"error","message":"This model's maximum context length is 8","code":400}"#, .contextLength, retry: false),
            Case(400, #"{"error":{"code":"content_filter"}}"#, .contentPolicy, retry: false),
            Case(400, #"{"error":"bad"}"#, .invalidRequest, retry: false), Case(422, #"{"detail":[]}"#, .invalidRequest, retry: false),
            Case(413, "", .invalidRequest, retry: false), Case(408, "", .serverError, retry: true),
            Case(409, "", .serverError, retry: true),
            Case(500, #"{"error":{"message":"oops","code":null}}"#, .serverError, retry: true),
            Case(502, "<html>", .serverError, retry: true),
            Case(503, #"[{"error":{"message":"busy","code":503}}]"#, .overloaded, retry: true), Case(529, "", .overloaded, retry: true),
            Case(307, "", .invalidRequest, retry: false), Case(200, #"{"error":{"message":"x","code":502}}"#, .serverError, retry: true),
            Case(200, #"{"error":{"message":"x","code":429}}"#, .rateLimited, retry: true),
            Case(200, #"{"error":{"message":"x","type":"invalid_request_error"}}"#, .invalidRequest, retry: false),
            Case(200, "<html>hello</html>", .serverError, retry: true), Case(200, "", .serverError, retry: true),
            Case(200, "{}", .serverError, retry: true),
        ])
    func classes(failure: Case) async throws {
        try await withOpenAI({ _ in .json(failure.body, status: failure.status) }) { provider, _ in
            for stream in [false, true] {
                let error = try await provider.failure(of: .prompt("a", stream: stream))
                #expect(error.kind == failure.kind)
                #expect(error.isRetryable == failure.isRetryable)
            }
        }
    }

    @Test("Passes on how long to wait, and whether to try again at all")
    func advice() async throws {
        let script: ModelServer.Script = { _ in .failure(429, "slow down", headers: ["retry-after": "7", "x-should-retry": "false"]) }
        try await withOpenAI(script) { provider, _ in
            let error = try await provider.failure(of: .prompt("a"))
            #expect(error.retryAfter == .seconds(7))
            #expect(!error.isRetryable)
            #expect(error.status == 429)
            #expect(error.message == "slow down")
        }
    }

    @Test("Shows the beginning of an answer that is not JSON")
    func excerpt() async throws {
        let page = "<html>\nBad gateway" + String(repeating: "!", count: 1000)
        try await withOpenAI({ _ in .json(page, status: 502) }) { provider, _ in
            let error = try await provider.failure(of: .prompt("a"))
            #expect(error.message.hasPrefix(#"The provider answered 502: "<html> Bad gateway!!!"#))
            #expect(error.message.count < 260)
        }
    }

    @Test("Never shows the key, even when the service quotes it", arguments: [200, 401, 502])
    func redaction(status: Int) async throws {
        for body in [
            #"{"error":{"message":"Incorrect API key provided: sk-secret-123."}}"#, "key sk-secret-123 refused",
            #"{"key":"sk-secret-123"}"#, String(repeating: "x", count: 190) + "sk-secret-123",
        ] {
            try await withOpenAI({ _ in .json(body, status: status) }) { provider, _ in
                for stream in [false, true] {
                    let error = try await provider.failure(of: .prompt("a", stream: stream))
                    #expect(!"\(error)".contains("sk-sec"))
                }
            }
        }
        #expect("\(SecretString("sk-secret-123"))" == "***")
        #expect(String(reflecting: SecretString("sk-secret-123")) == "***")
    }

    @Test("A failure in the middle of a stream is one, after the pieces that came")
    func midStream() async throws {
        let events = [#"{"choices":[{"delta":{"content":"Hi"}}]}"#, #"{"error":{"message":"overloaded","code":503}}"#]
        try await withOpenAI({ _ in .events(events) }) { provider, _ in
            let deltas = Recorder<String>()
            let error = await #expect(throws: ModelError.self) {
                try await provider.complete(.prompt("a", stream: true)) { deltas.record($0.text) }
            }
            #expect(error?.kind == .overloaded)
            #expect(deltas.elements == ["Hi"])
        }
    }

    @Test("A stream that ends early is broken", arguments: [ModelResponse.Ending.complete, .closeConnection])
    func broken(ending: ModelResponse.Ending) async throws {
        let script: ModelServer.Script = { _ in .events([#"{"choices":[{"delta":{"content":"Hi"}}]}"#]).ending(ending) }
        try await withOpenAI(script) { provider, _ in
            let error = try await provider.failure(of: .prompt("a", stream: true))
            #expect(error.kind == .streamBroken)
            #expect(error.isRetryable)
        }
    }

    @Test("No answer in time is a timeout, streamed or not")
    func timeout() async throws {
        let gate = Gate()
        try await withOpenAI({ ModelServer.echo($0).held(by: gate) }) { provider, _ in
            for stream in [false, true] {
                let error = try await provider.failure(of: .prompt("a", stream: stream, timeout: .milliseconds(200)))
                #expect(error.kind == .timeout)
                #expect(error.isRetryable)
            }
        }
    }

    @Test("A connection that closes before the answer is a network failure")
    func closed() async throws {
        let script: ModelServer.Script = { _ in ModelResponse(chunks: [.init("{")], ending: .closeConnection) }
        try await withOpenAI(script) { provider, _ in
            let error = try await provider.failure(of: .prompt("a"))
            #expect(error.kind == .network)
            #expect(error.isRetryable)
        }
    }

    @Test("An answer beyond the limit is refused and not tried again")
    func tooLarge() async throws {
        let text = String(repeating: "x", count: 10_000)
        try await withOpenAI({ _ in .completion(text) }, maximumResponseBytes: 1000) { provider, _ in
            let error = try await provider.failure(of: .prompt("a"))
            #expect(error.kind == .invalidRequest)
            #expect(!error.isRetryable)
        }
    }

    @Test("A cancelled call closes its connection")
    func cancellation() async throws {
        let gate = Gate()
        try await withOpenAI({ ModelServer.echo($0).held(by: gate) }) { provider, server in
            let call = Task { try await provider.failure(of: .prompt("a")) }
            try await server.requests.atLeast(1, "request")
            call.cancel()
            #expect(try await call.value.kind == .cancelled)
            try await server.abandoned.atLeast(1, "abandoned request")
        }
    }
}
