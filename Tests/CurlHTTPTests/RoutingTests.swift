import CurlHTTP
import Glibc
import NIOCore
import Synchronization
import Testing

@Suite("Where connections go", .timeLimit(.minutes(30)))
struct RoutingTests {
    @Test("The address policy is asked before dialling")
    func denied() async throws {
        let asked = Mutex<[RemoteAddress]>([])
        try await LoopbackServer.with { exchange in
            exchange.respond()
        } _: { server in
            let configuration = HTTPClientConfiguration(addressPolicy: { address in
                asked.withLock { $0.append(address) }
                return false
            })
            try await withClient(configuration) { client in
                let error = await failure(of: HTTPRequest(url: server.url), client)
                #expect(error?.code == .addressDenied)
                #expect(error?.isRetriable == false)
            }
            #expect(server.connections.count == 0)
            #expect(asked.withLock { $0 } == [RemoteAddress(family: .ipv4, bytes: [127, 0, 0, 1], port: server.port)])
        }
    }

    @Test("IPv6 addresses are put to the policy too")
    func deniedIPv6() async throws {
        let asked = Mutex<[RemoteAddress]>([])
        let configuration = HTTPClientConfiguration(addressPolicy: { address in
            asked.withLock { $0.append(address) }
            return false
        })
        try await withClient(configuration) { client in
            #expect(await failure(of: HTTPRequest(url: "http://[::1]:8080/"), client)?.code == .addressDenied)
        }
        #expect(asked.withLock { $0 } == [RemoteAddress(family: .ipv6, bytes: Array(repeating: 0, count: 15) + [1], port: 8080)])
    }

    @Test("An allowed address that refuses is a connection failure")
    func allowed() async throws {
        try await withClient(HTTPClientConfiguration(addressPolicy: { _ in true })) { client in
            #expect(await failure(of: HTTPRequest(url: "http://127.0.0.1:1/"), client)?.code == .connect)
        }
    }

    @Test("The environment's proxy counts only where asked for")
    func environmentProxy() async throws {
        setenv("http_proxy", "http://127.0.0.1:1", 1)
        defer { unsetenv("http_proxy") }
        try await LoopbackServer.with { exchange in
            exchange.respond()
        } _: { server in
            try await withClient { client in
                let response = try await client.execute(HTTPRequest(url: server.url))
                #expect(response.status == 200)
            }
            try await withClient(HTTPClientConfiguration(proxy: .environment)) { client in
                #expect(await failure(of: HTTPRequest(url: server.url), client)?.code == .connect)
            }
        }
    }

    @Test("A configured proxy gets the whole URL")
    func proxy() async throws {
        try await LoopbackServer.with { exchange in
            exchange.respond(200, ByteBuffer(string: exchange.target))
        } _: { server in
            try await withClient(HTTPClientConfiguration(proxy: .url(server.url))) { client in
                let response = try await client.execute(HTTPRequest(url: "http://example.invalid/path"))
                #expect(response.body.text == "http://example.invalid/path")
            }
        }
    }
}
