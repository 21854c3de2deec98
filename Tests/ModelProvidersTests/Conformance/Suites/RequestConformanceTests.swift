import ModelProviders
import MoltBotCore
import NIOHTTP1
import TestSupport
import Testing

@Suite("Requests of every provider")
struct RequestConformanceTests {
    @Test("Are what the documentation says", arguments: ProviderContract.all)
    func documented(contract: ProviderContract) async throws {
        for request in contract.requests {
            // The answer does not matter here.
            try await withServed(contract, .json("{}", status: 500)) { provider, server in
                let error = try await provider.failure(of: request.call)
                let sent = try #require(server.requests.elements.first, "\(request.title): \(error)")
                #expect(sent.method == "POST")
                #expect(sent.uri == request.uri, "\(request.title)")
                #expect(try JSONValue.parse(sent.body) == JSONValue.parse(request.body), "\(request.title)")
                #expect(sent.headers.first(name: "content-type") == "application/json")
            }
        }
    }

    @Test("Carry the call's own authorization, and none when it has none", arguments: ProviderContract.all)
    func authorization(contract: ProviderContract) async throws {
        try await withServed(contract, .json("{}", status: 500)) { provider, server in
            _ = try await provider.failure(of: .prompt("Hello"))
            _ = try await provider.failure(of: .prompt("Hello", authorization: .apiKey(SecretString("sk-secret-123"))))
            _ = try await provider.failure(of: .prompt("Hello", authorization: .bearer(SecretString("token"))))
            let sent = server.requests.elements.map(\.headers)
            let (name, value) = contract.keyHeader
            #expect(!sent[0].contains(name: name) && !sent[0].contains(name: "authorization"))
            #expect(sent[1].first(name: name) == value)
            #expect(sent[2].first(name: "authorization") == "Bearer token")
            #expect(name == "authorization" || !sent[2].contains(name: name))
        }
    }

    @Test("Embeddings come in the order of the inputs, or the provider says that it has none", arguments: ProviderContract.all)
    func embeddings(contract: ProviderContract) async throws {
        guard let expected = contract.embeddings else {
            try await withServed(contract, .json("{}")) { provider, server in
                let error = try await provider.failure(of: .vectors)
                #expect(error.kind == .invalidRequest && !error.isRetryable)
                #expect(error.message.contains("has no embeddings"))
                #expect(server.requests.elements.isEmpty)
            }
            return
        }
        try await withServed(contract, .json(expected.answer)) { provider, server in
            let answer = try await provider.complete(.vectors, onDelta: nil)
            #expect(answer.message == (try JSONValue.parse(expected.message)))
            #expect(answer.usage == expected.usage)
            #expect(answer.text == nil && answer.finishReason == nil)
            let sent = try #require(server.requests.elements.first)
            #expect(sent.uri == expected.request.uri)
            #expect(try JSONValue.parse(sent.body) == JSONValue.parse(expected.request.body))
        }
    }
}
