import FoundationEssentials
import TestSupport
import Testing

@Suite struct ModelServerTests {
    private let hello = #"{"model":"m","messages":[{"role":"user","content":"hello big world"}]}"#
    private let helloStream = #"{"model":"m","stream":true,"messages":[{"role":"user","content":"hello big world"}]}"#

    @Test func echoesTheLastUserMessage() async throws {
        try await withModelServer { server in
            let answer = try await LoopbackHTTP(port: server.port).send("POST", "/v1/chat/completions", json: hello)
            #expect(answer.status == 200)
            #expect(answer.text.contains(#""content":"hello big world""#))
            #expect(answer.text.contains(#""completion_tokens":3"#))
            #expect(server.requests.elements.map(\.uri) == ["/v1/chat/completions"])
        }
    }

    @Test func streamsEvents() async throws {
        try await withModelServer { server in
            let answer = try await LoopbackHTTP(port: server.port).send("POST", "/v1/chat/completions", json: helloStream)
            let events = answer.text.components(separatedBy: "\n\n").filter { !$0.isEmpty }
            #expect(events.count == 7)
            #expect(events.last == "data: [DONE]")
            #expect(events[5].contains(#""usage""#))
        }
    }

    @Test func noticesAClientThatLeaves() async throws {
        let gate = Gate()
        try await withModelServer {
            .completion("late \($0.number)").held(by: gate)
        } run: { server in
            let port = server.port
            let client = Task { try await LoopbackHTTP(port: port).send("POST", "/v1/chat/completions", json: hello) }
            try await server.requests.atLeast(1, "request")
            client.cancel()
            try await server.abandoned.atLeast(1, "abandoned request")
            gate.open()
            let patient = try await LoopbackHTTP(port: port).send("POST", "/v1/chat/completions", json: hello)
            #expect(patient.text.contains("late 2"))
        }
    }

    @Test func closesInTheMiddleOfABody() async throws {
        try await withModelServer { _ in
            ModelResponse.stream(["a", "b"]).ending(.closeConnection)
        } run: { server in
            await #expect(throws: (any Error).self) { try await LoopbackHTTP(port: server.port).send("POST", "/v1/chat/completions") }
            #expect(server.abandoned.count == 0)
        }
    }
}
