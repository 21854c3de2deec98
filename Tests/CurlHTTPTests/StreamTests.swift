import CurlHTTP
import NIOCore
import NIOPosix
import Testing

@Suite("Streamed responses", .timeLimit(.minutes(30)))
struct StreamTests {
    @Test("Head and chunks arrive while the response goes on")
    func chunks() async throws {
        let opened = Handoff<Exchange>()
        try await LoopbackServer.with { exchange in
            exchange.begin(headers: [("Content-Type", "text/event-stream")])
            opened.give(exchange)
        } _: { server in
            try await withClient { client in
                try await client.stream(HTTPRequest(url: server.url)) { head, body in
                    #expect(head.headers["content-type"] == "text/event-stream")
                    let exchange = try await opened.value
                    var pieces = body.makeAsyncIterator()
                    // Each piece is sent only after the one before was read.
                    for number in 0..<20 {
                        exchange.write(ByteBuffer(string: "piece \(number)"))
                        let piece = try await pieces.next()
                        #expect(piece?.text == "piece \(number)")
                    }
                    exchange.end()
                    let end = try await pieces.next()
                    #expect(end == nil)
                }
            }
        }
    }

    @Test("A reader that lags stops the sender, and loses nothing")
    func backPressure() async throws {
        let size = 96 * 1024 * 1024
        let source = PacedSource(size: size)
        try await LoopbackServer.with { exchange in
            exchange.begin()
            source.send(to: exchange)
        } _: { server in
            try await withClient { client in
                try await client.stream(HTTPRequest(url: server.url, maximumResponseBytes: size)) { _, body in
                    try await source.stalled.value
                    // What the kernel's socket buffers take, and a little more.
                    #expect(source.sent.count < size / 3)
                    var received = 0
                    for try await piece in body { received += piece.readableBytes }
                    #expect(received == size)
                }
            }
        }
    }

    @Test("A response read to its end leaves its connection for the next")
    func reuse() async throws {
        try await LoopbackServer.with { exchange in
            exchange.respond(429, ByteBuffer(string: "slow down"))
        } _: { server in
            try await withClient { client in
                for _ in 0..<5 {
                    let body = try await client.stream(HTTPRequest(url: server.url)) { head, body in
                        #expect(head.status == 429)
                        return try await body.collect()
                    }
                    #expect(body.text == "slow down")
                }
            }
            #expect(server.connections.count == 1)
        }
    }

    @Test("Leaving the scope early closes the connection", arguments: [true, false])
    func leftEarly(byThrowing: Bool) async throws {
        struct Enough: Error {}
        let opened = Handoff<Exchange>()
        try await LoopbackServer.with { exchange in
            exchange.begin()
            exchange.write(ByteBuffer(string: "first"))
            opened.give(exchange)
        } _: { server in
            try await withClient { client in
                do {
                    try await client.stream(HTTPRequest(url: server.url)) { _, body in
                        for try await piece in body {
                            #expect(piece.text == "first")
                            if byThrowing { throw Enough() }
                            return
                        }
                    }
                    #expect(!byThrowing)
                } catch is Enough {
                    #expect(byThrowing)
                }
                try await opened.value.clientClosed.get()
            }
        }
    }

    @Test("Cancelling the reader closes the connection")
    func cancelled() async throws {
        let opened = Handoff<Exchange>()
        try await LoopbackServer.with { exchange in
            exchange.begin()
            opened.give(exchange)
        } _: { server in
            try await withClient { client in
                let reading = Task {
                    try await client.stream(HTTPRequest(url: server.url)) { _, body in try await body.collect() }
                }
                let exchange = try await opened.value
                reading.cancel()
                let error = await #expect(throws: HTTPError.self) { try await reading.value }
                #expect(error?.code == .cancelled)
                try await exchange.clientClosed.get()
            }
        }
    }

    @Test("A connection lost in the middle shows after the bytes that came")
    func lost() async throws {
        try await LoopbackServer.with { exchange in
            exchange.begin(headers: [("Content-Length", "100")])
            exchange.write(ByteBuffer(string: "some")).whenComplete { _ in exchange.disconnect() }
        } _: { server in
            try await withClient { client in
                try await client.stream(HTTPRequest(url: server.url)) { _, body in
                    var pieces = body.makeAsyncIterator()
                    let piece = try await pieces.next()
                    #expect(piece?.text == "some")
                    let error = await #expect(throws: HTTPError.self) { try await pieces.next() }
                    #expect(error?.code == .reset)
                }
            }
        }
    }

    @Test("A body longer than allowed ends the stream and closes the connection")
    func tooLarge() async throws {
        let opened = Handoff<Exchange>()
        try await LoopbackServer.with { exchange in
            exchange.begin()
            opened.give(exchange)
            exchange.write(ByteBuffer(repeating: 0, count: 101))
        } _: { server in
            try await withClient { client in
                let error = await #expect(throws: HTTPError.self) {
                    try await client.stream(HTTPRequest(url: server.url, maximumResponseBytes: 100)) { _, body in
                        _ = try await body.collect()
                    }
                }
                #expect(error?.code == .tooLarge)
                try await opened.value.clientClosed.get()
            }
        }
    }

    @Test("Without a response the closure does not run")
    func noResponse() async throws {
        try await withClient { client in
            let error = await #expect(throws: HTTPError.self) {
                try await client.stream(HTTPRequest(url: "http://127.0.0.1:1/")) { _, _ in
                    Issue.record("there is no response")
                }
            }
            #expect(error?.code == .connect)
        }
    }
}

/// Sends a body as fast as the client takes it, and notices when the client stops.
private final class PacedSource: Sendable {
    let sent = Tally()
    let stalled = Handoff<Void>()
    private let size: Int
    private let piece = ByteBuffer(repeating: 0x61, count: 64 * 1024)

    init(size: Int) {
        self.size = size
    }

    func send(to exchange: Exchange) {
        let quiet = exchange.channel.eventLoop.scheduleTask(in: .seconds(1)) { self.stalled.give(()) }
        exchange.write(piece).whenSuccess {
            quiet.cancel()
            self.sent.increment(by: self.piece.readableBytes)
            if self.sent.count < self.size { self.send(to: exchange) } else { exchange.end() }
        }
    }
}
