import CurlHTTP
import NIOCore
import Testing

@Suite("Failures", .timeLimit(.minutes(30)))
struct FailureTests {
    @Test("Nobody listens")
    func refused() async throws {
        try await withClient { client in
            let error = await failure(of: HTTPRequest(url: "http://127.0.0.1:1/path"), client)
            #expect(error?.code == .connect)
            #expect(error?.isRetriable == true)
            #expect(error?.curlCode == 7)
            #expect(error?.message.contains("http://127.0.0.1:1/path") == true)
        }
    }

    @Test("The name does not exist")
    func resolve() async throws {
        try await withClient { client in
            let error = await failure(of: HTTPRequest(url: "http://nonexistent.invalid/"), client)
            #expect(error?.code == .resolve)
            #expect(error?.isRetriable == true)
        }
    }

    @Test("The connection closes in the middle of the body")
    func partialBody() async throws {
        try await LoopbackServer.with { exchange in
            exchange.begin(headers: [("Content-Length", "100")])
            exchange.write(ByteBuffer(string: "some")).whenComplete { _ in exchange.disconnect() }
        } _: { server in
            try await withClient { client in
                let error = await failure(of: HTTPRequest(url: server.url), client)
                #expect(error?.code == .reset)
                #expect(error?.isRetriable == true)
            }
        }
    }

    @Test("The connection closes without a word")
    func emptyReply() async throws {
        try await RawServer.with(reply: "") { url in
            try await withClient { client in
                let error = await failure(of: HTTPRequest(url: url), client)
                #expect(error?.code == .reset)
            }
        }
    }

    @Test(
        "The connection closes within the head: a stream ends with it as well",
        arguments: ["HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nX-Hea"])
    func cutHead(_ reply: String) async throws {
        try await RawServer.with(reply: reply) { url in
            try await withClient { client in
                let whole = await failure(of: HTTPRequest(url: url), client)
                #expect(whole?.code == .protocolViolation)
                let streamed = await #expect(throws: HTTPError.self) {
                    try await client.stream(HTTPRequest(url: url)) { _, body in for try await _ in body {} }
                }
                #expect(streamed?.code == .protocolViolation)
            }
        }
    }

    @Test(
        "What answers does not speak HTTP",
        arguments: [
            "SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.1 abc\r\n\r\n", "HTTP/9.9 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
        ])
    func notHTTP(_ reply: String) async throws {
        try await RawServer.with(reply: reply) { url in
            try await withClient { client in
                let error = await failure(of: HTTPRequest(url: url), client)
                #expect(error?.code == .protocolViolation)
                #expect(error?.isRetriable == false)
            }
        }
    }

    @Test("A body longer than allowed, announced or not, closes the connection", arguments: [true, false])
    func tooLarge(isAnnounced: Bool) async throws {
        let asked = Handoff<Exchange>()
        try await LoopbackServer.with { exchange in
            exchange.begin(headers: isAnnounced ? [("Content-Length", "101")] : [])
            if !isAnnounced { exchange.write(ByteBuffer(repeating: 0x61, count: 101)) }
            asked.give(exchange)
        } _: { server in
            try await withClient { client in
                let error = await failure(of: HTTPRequest(url: server.url, maximumResponseBytes: 100), client)
                #expect(error?.code == .tooLarge)
                #expect(error?.isRetriable == false)
                try await asked.value.clientClosed.get()
            }
        }
    }

    @Test("Who accepts a partial body gets the head and what came, and the connection closes", arguments: [true, false])
    func tooLargeButAccepted(isAnnounced: Bool) async throws {
        let asked = Handoff<Exchange>()
        try await LoopbackServer.with { exchange in
            exchange.begin(503, headers: isAnnounced ? [("Content-Length", "300000")] : [])
            exchange.write(ByteBuffer(repeating: 0x61, count: 200_000))
            asked.give(exchange)
        } _: { server in
            try await withClient { client in
                let response = try await client.execute(
                    HTTPRequest(url: server.url, maximumResponseBytes: 100), acceptsPartialBody: true)
                #expect(response.status == 503)
                #expect(response.body.readableBytes == 100)
                #expect(!response.isComplete)
                try await asked.value.clientClosed.get()
            }
        }
    }

    @Test("A partial body may also break off, or outlast the timeout", arguments: [true, false])
    func brokenButAccepted(breaksOff: Bool) async throws {
        try await LoopbackServer.with { exchange in
            exchange.begin(201, headers: [("Content-Length", "100")])
            exchange.write(ByteBuffer(string: "some")).whenComplete { _ in if breaksOff { exchange.disconnect() } }
        } _: { server in
            try await withClient { client in
                let timeouts = HTTPTimeouts(total: breaksOff ? nil : .seconds(8))
                let response = try await client.execute(HTTPRequest(url: server.url, timeouts: timeouts), acceptsPartialBody: true)
                #expect(response.status == 201)
                #expect(response.body.text == "some")
                #expect(!response.isComplete)
            }
        }
    }

    @Test("Without a head there is no response, for those who accept a partial body either")
    func silenceIsNotAccepted() async throws {
        try await LoopbackServer.with { _ in
        } _: { server in
            try await withClient { client in
                _ = await #expect(throws: HTTPError.self) {
                    let timeouts = HTTPTimeouts(total: .milliseconds(200))
                    _ = try await client.execute(HTTPRequest(url: server.url, timeouts: timeouts), acceptsPartialBody: true)
                }
            }
        }
    }

    @Test("A body of exactly the allowed length is accepted")
    func justFits() async throws {
        try await LoopbackServer.with { exchange in
            exchange.respond(200, ByteBuffer(repeating: 0x61, count: 100))
        } _: { server in
            try await withClient { client in
                let response = try await client.execute(HTTPRequest(url: server.url, maximumResponseBytes: 100))
                #expect(response.body.readableBytes == 100)
            }
        }
    }

    @Test("A head without end is refused")
    func endlessHead() async throws {
        let line = "X-Filler: \(String(repeating: "x", count: 1_000))\r\n"
        try await RawServer.with(reply: "HTTP/1.1 200 OK\r\n\(String(repeating: line, count: 300))", closes: false) { url in
            try await withClient { client in
                let error = await failure(of: HTTPRequest(url: url), client)
                #expect(error?.code == .tooLarge)
            }
        }
    }
}
