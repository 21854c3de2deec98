import Glibc
import MoltBotCore
import MoltBotRelay
import NIOCore
import NIOHTTP1
import NIOPosix
import TestSupport
import Testing

/// What a host name resolves to is checked where it counts: at the socket. All traffic stays on this machine: 127.0.0.2, which the operator
/// allows here, stands for a public address.
@Suite("The address that is dialled", .timeLimit(.minutes(30)), .serialized)
struct DialledAddressTests {
    private func target(_ host: String, port: Int) -> WebhookTarget {
        WebhookTarget(url: "http://\(host):\(port)/", secrets: [.generate()], timeout: .seconds(60))
    }

    @Test("No name leads to an address that is not public", arguments: ForbiddenAddresses.all)
    func forbidden(address: String) async throws {
        let name = ScriptedNames.name([try #require(IPAddress(address)).description])
        try await withSender(allowing: []) { sender in
            let outcome = await sender.send(.example(), to: target(name, port: 9))
            #expect(outcome.answer == .failure)
            #expect(outcome.error?.contains("relay.allowed_networks") == true, "\(outcome)")
            #expect(outcome.error?.contains(name) == true)
        }
    }

    @Test("A name that is allowed the first time and leads inside the second time")
    func rebinding() async throws {
        try await withListener("127.0.0.2", port: unusedPort()) { port, connections in
            try await withListener("127.0.0.1", port: port) { _, inside in
                let name = ScriptedNames.name(["127.0.0.2"], ["127.0.0.1"])
                // Each sender resolves anew, as one does when libcurl's cache of a minute has run out.
                try await withSender(allowing: ["127.0.0.2"]) { sender in
                    #expect(await sender.send(.example(), to: target(name, port: port)).status == 204)
                }
                try await withSender(allowing: ["127.0.0.2"]) { sender in
                    let outcome = await sender.send(.example(), to: target(name, port: port))
                    #expect(outcome.answer == .failure)
                    #expect(outcome.error?.contains("relay.allowed_networks") == true)
                }
                #expect(connections.count == 1)
                #expect(inside.count == 0)
            }
        }
    }

    @Test("Of a name's addresses only the allowed ones are dialled")
    func mixed() async throws {
        try await withListener("127.0.0.2", port: unusedPort()) { port, connections in
            try await withListener("127.0.0.1", port: port) { _, inside in
                let name = ScriptedNames.name(["127.0.0.1", "10.0.0.1", "127.0.0.2"])
                try await withSender(allowing: ["127.0.0.2"]) { sender in
                    #expect(await sender.send(.example(), to: target(name, port: port)).status == 204)
                }
                #expect(connections.count == 1)
                #expect(inside.count == 0)
            }
        }
    }

    @Test("The proxy of the environment gets nothing to see")
    func proxy() async throws {
        let variables = ["http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY", "ALL_PROXY"]
        try await withListener("127.0.0.1") { proxyPort, proxied in
            for variable in variables { setenv(variable, "http://127.0.0.1:\(proxyPort)", 1) }
            defer { for variable in variables { unsetenv(variable) } }
            try await withListener("127.0.0.2") { port, connections in
                try await withSender(allowing: ["127.0.0.0/8"]) { sender in
                    #expect(await sender.send(.example(), to: target("127.0.0.2", port: port)).status == 204)
                }
                #expect(connections.count == 1)
            }
            #expect(proxied.count == 0)
        }
    }

    /// A web server that answers 204, and the connections it got.
    private func withListener<Result>(
        _ host: String, port: Int = 0, _ test: (_ port: Int, _ connections: Recorder<Void>) async throws -> Result
    ) async throws -> Result {
        let connections = Recorder<Void>()
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                connections.record(())
                return channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(NoContent())
                }
            }
            .bind(host: host, port: port).get()
        do {
            let result = try await test(listener.localAddress?.port ?? 0, connections)
            try await listener.close()
            return result
        } catch {
            try await listener.close()
            throw error
        }
    }

    private final class NoContent: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard case .end = unwrapInboundIn(data) else { return }
            context.write(wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .noContent))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}
