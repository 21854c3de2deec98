import NIOCore
import NIOPosix

/// A TCP server that answers the first bytes of each connection with fixed bytes, HTTP or not, and may then close.
enum RawServer {
    static func with<Result>(
        reply: String, closes: Bool = true, _ test: (_ url: String) async throws -> Result
    ) async throws -> Result {
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ReplyHandler(reply, closes: closes))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let url = "http://127.0.0.1:\(listener.localAddress?.port ?? 0)"
        do {
            let result = try await test(url)
            try await listener.close()
            return result
        } catch {
            try await listener.close()
            throw error
        }
    }
}

private final class ReplyHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let reply: String
    private let closes: Bool
    private var isAnswered = false

    init(_ reply: String, closes: Bool) {
        self.reply = reply
        self.closes = closes
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isAnswered else { return }
        isAnswered = true
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: reply)), promise: nil)
        if closes { context.close(promise: nil) }
    }
}
