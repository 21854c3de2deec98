import MoltBotCore
import NIOHTTP1
import TestSupport
import Testing

@testable import ModelProviders

@Suite("Failures of every provider")
struct FailureConformanceTests {
    @Test("Each has its class, whether the answer was to be streamed or not", arguments: ProviderContract.all)
    func classes(contract: ProviderContract) async throws {
        for failure in contract.failures {
            let response = ModelResponse.json(failure.body, status: failure.status, headers: HTTPHeaders(failure.headers))
            try await withServed(contract, response) { provider, _ in
                for stream in [false, true] {
                    let error = try await provider.failure(of: .prompt("Hello", stream: stream))
                    #expect(error.kind == failure.kind, "\(failure.status) \(failure.body)")
                    #expect(error.isRetryable == failure.kind.isRetryable)
                    #expect(error.retryAfter == failure.retryAfter, "\(failure.status) \(failure.body)")
                }
            }
        }
    }

    @Test("An error in the middle of a stream is one, after the pieces that came", arguments: ProviderContract.all)
    func midStream(contract: ProviderContract) async throws {
        for broken in contract.brokenStreams {
            try await withServed(contract, .replay(broken.body, of: contract)) { provider, _ in
                let deltas = Recorder<String>()
                let error = await #expect(throws: ModelError.self) {
                    try await provider.complete(.prompt("Hello", stream: true)) { deltas.record($0.text) }
                }
                #expect(error?.kind == broken.kind)
                #expect(deltas.elements.joined() == broken.textBefore)
            }
        }
    }

    @Test("A stream that ends anywhere is whole or broken, never a shorter answer", arguments: ProviderContract.all)
    func everyEnd(contract: ProviderContract) throws {
        for expected in contract.streams {
            let stream = Array(expected.body.utf8)
            for end in 0..<stream.count {
                do {
                    let (_, answer) = try contract.assemble([stream[..<end]], expected.call(stream: true))
                    #expect(answer.text == expected.text && answer.finishReason == expected.finishReason)
                    #expect(answer.message.comparable == (try JSONValue.parse(expected.message)))
                } catch let fault as WireFault {
                    #expect(fault.kind == .streamBroken)
                }
            }
        }
    }

    @Test(
        "An end of the stream before the answer's is a broken stream, politely or not", arguments: ProviderContract.all,
        [ModelResponse.Ending.complete, .closeConnection])
    func earlyEnd(contract: ProviderContract, ending: ModelResponse.Ending) async throws {
        let whole = try #require(contract.streams.first).body
        let half = String(whole.prefix(whole.count / 2))
        try await withServed(contract, .replay(half, of: contract).ending(ending)) { provider, _ in
            let error = try await provider.failure(of: .prompt("Hello", stream: true))
            #expect(error.kind == .streamBroken && error.isRetryable)
        }
    }

    @Test("An empty stream is a broken one, also when it says [DONE]", arguments: ProviderContract.all)
    func emptyStream(contract: ProviderContract) throws {
        for stream in ["", "\n\n", "data: [DONE]\n\n"] {
            let bytes = Array(stream.utf8)
            let fault = #expect(throws: WireFault.self) { try contract.assemble([bytes[...]], .prompt("Hello", stream: true)) }
            #expect(fault?.kind == .streamBroken)
        }
    }

    @Test("A stream beyond the limit is refused", arguments: ProviderContract.all)
    func tooLong(contract: ProviderContract) async throws {
        let event = String(repeating: "x", count: 1000)
        let response = ModelResponse(
            headers: ["content-type": contract.streamType], chunks: Array(repeating: ModelResponse.Chunk(event), count: 33))
        try await withServed(contract, response, maximumResponseBytes: 10_000) { provider, _ in
            let error = try await provider.failure(of: .prompt("Hello", stream: true))
            #expect(error.kind == .invalidRequest && !error.isRetryable)
        }
    }

    @Test("No error shows the key, whatever the service quotes", arguments: ProviderContract.all)
    func redaction(contract: ProviderContract) async throws {
        let quoted = [
            #"{"error":{"message":"wrong key sk-secret-123","code":401}}"#, #"{"error":"sk-secret-123"}"#, "key sk-secret-123 refused",
        ]
        for body in quoted {
            for status in [200, 401, 502] {
                try await withServed(contract, .json(body, status: status)) { provider, _ in
                    for stream in [false, true] {
                        let call = ModelCall.prompt("Hello", stream: stream, authorization: .apiKey(SecretString("sk-secret-123")))
                        let error = try await provider.failure(of: call)
                        #expect(!"\(error)".contains("sk-sec"))
                    }
                }
            }
        }
    }

    @Test("A cancelled call closes its connection", arguments: ProviderContract.all)
    func cancellation(contract: ProviderContract) async throws {
        try await withServed(contract, ModelResponse.json("{}").held(by: Gate())) { provider, server in
            let call = Task { try await provider.failure(of: .prompt("Hello")) }
            try await server.requests.atLeast(1, "request")
            call.cancel()
            #expect(try await call.value.kind == .cancelled)
            try await server.abandoned.atLeast(1, "abandoned request")
        }
    }
}
