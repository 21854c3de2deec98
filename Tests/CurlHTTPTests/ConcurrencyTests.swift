import CurlHTTP
import Glibc
import NIOCore
import Testing

@Suite("Many transfers at once", .timeLimit(.minutes(30)))
struct ConcurrencyTests {
    @Test("2,500 slow responses are in flight at once, and their connections serve what comes after")
    func held() async throws {
        try await holding(2_500) { server in
            try await withClient { client in
                try await send(2_500, client, server)
                #expect(server.connections.count == 2_500)
                for number in 0..<50 {
                    let response = try await client.execute(HTTPRequest(url: "\(server.url)/\(number)"))
                    #expect(response.status == 200)
                }
                #expect(server.connections.count == 2_500)
                try await send(2_500, client, server)
            }
            #expect(server.connections.count == 2_500)
        }
    }

    @Test(
        "The limits hold for the client as a whole, and transfers beyond them wait for a connection",
        arguments: [
            HTTPClientConfiguration(maximumConnections: 901), HTTPClientConfiguration(maximumConnectionsPerHost: 901),
        ])
    func limited(_ configuration: HTTPClientConfiguration) async throws {
        try await holding(901) { server in
            try await withClient(configuration) { client in
                try await send(1_500, client, server)
            }
            #expect(server.connections.count == 901)
        }
    }

    @Test("Shutdown ends everything that is in flight")
    func shutdown() async throws {
        raiseDescriptorLimit()
        // Reached the server, which answers nobody, or ended.
        let settled = Tally()
        try await LoopbackServer.with { _ in
            settled.increment()
        } _: { server in
            try await withClient { client in
                await withTaskGroup(of: HTTPError?.self) { group in
                    for _ in 0..<1_000 {
                        group.addTask {
                            defer { settled.increment() }
                            return await failure(of: HTTPRequest(url: server.url), client)
                        }
                    }
                    await settled.reaches(1_000)
                    await client.shutdown()
                    for await error in group where error?.code != .shutdown {
                        Issue.record("ended with \(error?.description ?? "a response")")
                    }
                }
            }
        }
    }

    /// Runs the test against a server that answers nobody before that many have asked, and everybody with the target they asked for.
    private func holding(_ count: Int, _ test: (LoopbackServer) async throws -> Void) async throws {
        raiseDescriptorLimit()
        let arrived = Tally()
        try await LoopbackServer.with { exchange in
            arrived.increment()
            Task {
                await arrived.reaches(count)
                exchange.respond(200, ByteBuffer(string: exchange.target))
            }
        } _: { server in
            try await test(server)
        }
    }

    private func send(_ count: Int, _ client: HTTPClient, _ server: LoopbackServer) async throws {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<count {
                group.addTask {
                    let response = try await client.execute(HTTPRequest(url: "\(server.url)/\(number)"))
                    return response.body.text == "/\(number)"
                }
            }
            for try await isOwn in group where !isOwn { Issue.record("a response went to another request") }
        }
    }

    /// Client and server of the test live in one process, two descriptors a connection.
    private func raiseDescriptorLimit() {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
