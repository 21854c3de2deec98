import CurlHTTP
import NIOCore
import Testing

@Suite("Timeouts", .timeLimit(.minutes(30)))
struct TimeoutTests {
    @Test("A handshake that is not answered ends with the connect limit")
    func connect() async throws {
        try await RawServer.with(reply: "", closes: false) { url in
            try await withClient { client in
                let silent = url.replacing("http://", with: "https://")
                let error = await failure(of: HTTPRequest(url: silent, timeouts: HTTPTimeouts(connect: .milliseconds(100))), client)
                #expect(error?.code == .timeout(phase: .connect))
                #expect(error?.isRetriable == true)
            }
        }
    }

    @Test("A response that does not start ends with the first-byte limit, and the server sees the connection close")
    func firstByte() async throws {
        let asked = Handoff<Exchange>()
        try await LoopbackServer.with { exchange in
            asked.give(exchange)
        } _: { server in
            try await withClient { client in
                let timeouts = HTTPTimeouts(firstByte: .seconds(6), total: .seconds(60))
                let error = await failure(of: HTTPRequest(url: server.url, timeouts: timeouts), client)
                #expect(error?.code == .timeout(phase: .firstByte))
                try await asked.value.clientClosed.get()
            }
        }
    }

    @Test("Once a response has started the first-byte limit is over")
    func startedInTime() async throws {
        try await LoopbackServer.with { exchange in
            exchange.begin(headers: [("Content-Length", "4")])
            exchange.channel.eventLoop.scheduleTask(in: .seconds(12)) {
                exchange.write(ByteBuffer(string: "late"))
                exchange.end()
            }
        } _: { server in
            try await withClient { client in
                let request = HTTPRequest(url: server.url, timeouts: HTTPTimeouts(firstByte: .seconds(10), total: .seconds(120)))
                let response = try await client.execute(request)
                #expect(response.body.text == "late")
            }
        }
    }

    @Test("A response that does not end runs into the total limit")
    func total() async throws {
        let asked = Handoff<Exchange>()
        try await LoopbackServer.with { exchange in
            exchange.begin()
            exchange.write(ByteBuffer(string: "endless"))
            asked.give(exchange)
        } _: { server in
            try await withClient { client in
                let timeouts = HTTPTimeouts(firstByte: .seconds(60), total: .seconds(6))
                let error = await failure(of: HTTPRequest(url: server.url, timeouts: timeouts), client)
                #expect(error?.code == .timeout(phase: .total))
                try await asked.value.clientClosed.get()
            }
        }
    }

    @Test("The limits count while a transfer waits for a connection", arguments: [HTTPError.TimeoutPhase.firstByte, .total])
    func waiting(_ phase: HTTPError.TimeoutPhase) async throws {
        let asked = Handoff<Exchange>()
        try await LoopbackServer.with { exchange in
            asked.give(exchange)
        } _: { server in
            try await withClient(HTTPClientConfiguration(maximumConnectionsPerHost: 1)) { client in
                async let first = client.execute(HTTPRequest(url: server.url))
                let exchange = try await asked.value
                let limit = Duration.milliseconds(100)
                let timeouts = phase == .total ? HTTPTimeouts(total: limit) : HTTPTimeouts(firstByte: limit)
                let error = await failure(of: HTTPRequest(url: server.url, timeouts: timeouts), client)
                #expect(error?.code == .timeout(phase: phase))
                exchange.respond()
                let response = try await first
                #expect(response.status == 200)
            }
            #expect(server.connections.count == 1)
        }
    }
}
