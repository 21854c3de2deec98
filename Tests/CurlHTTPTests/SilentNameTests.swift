import CurlHTTP
import NIOCore
import TestSupport
import Testing

/// libcurl waits for its resolver's thread when a transfer ends, unless it is told not to.
@Suite("A host name that no name server answers for", .timeLimit(.minutes(30)))
struct SilentNameTests {
    @Test("holds nobody up when its transfer runs into the connect limit")
    func timeout() async throws {
        try await ScriptedNames.withSilentName { name in
            try await LoopbackServer.with { exchange in
                exchange.respond(200, ByteBuffer(string: "here"))
            } _: { server in
                try await withClient { client in
                    let error = await failure(
                        of: HTTPRequest(url: "http://\(name.host)/", timeouts: HTTPTimeouts(connect: .milliseconds(200))), client)
                    #expect(error?.code == .timeout(phase: .connect))
                    let other = try await client.execute(HTTPRequest(url: server.url))
                    #expect(other.body.text == "here")
                    #expect(name.failures.count == 0)
                }
            }
        }
    }

    @Test("holds nobody up when its transfer is cancelled")
    func cancellation() async throws {
        try await ScriptedNames.withSilentName { name in
            try await LoopbackServer.with { exchange in
                exchange.respond(200, ByteBuffer(string: "here"))
            } _: { server in
                try await withClient { client in
                    let silent = Task { await failure(of: HTTPRequest(url: "http://\(name.host)/"), client) }
                    try await name.questions.atLeast(1, "the question for its address")
                    silent.cancel()
                    #expect(await silent.value?.code == .cancelled)
                    let other = try await client.execute(HTTPRequest(url: server.url))
                    #expect(other.body.text == "here")
                    #expect(name.failures.count == 0)
                }
            }
        }
    }
}
