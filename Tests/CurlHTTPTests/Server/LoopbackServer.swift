import NIOCore
import NIOHTTP1
import NIOPosix

/// A real HTTP/1.1 server on a free loopback port. What it answers is the test's closure, called on the connection's event loop.
struct LoopbackServer: Sendable {
    typealias Answer = @Sendable (Exchange) -> Void

    let port: Int
    /// Counts what clients did.
    let connections: Tally

    var url: String { "http://127.0.0.1:\(port)" }

    /// Runs the test against a server that is gone when it returns.
    static func with<Result>(
        _ answer: @escaping Answer, _ test: (LoopbackServer) async throws -> Result
    ) async throws -> Result {
        let connections = Tally()
        let group = MultiThreadedEventLoopGroup.singleton
        let listener = try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.backlog, value: 4096)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    connections.increment()
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: false)
                    try channel.pipeline.syncOperations.addHandler(ExchangeHandler(answer))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let server = LoopbackServer(port: listener.localAddress?.port ?? 0, connections: connections)
        do {
            let result = try await test(server)
            try await listener.close()
            return result
        } catch {
            try await listener.close()
            throw error
        }
    }
}

/// One request a client sent, and the means to answer it, whole or in parts. Any thread may use it.
struct Exchange: Sendable {
    let head: HTTPRequestHead
    let body: ByteBuffer
    let channel: any Channel

    /// The request target as it stood on the wire.
    var target: String { head.uri }

    /// Succeeds when the client closed the connection.
    var clientClosed: EventLoopFuture<Void> { channel.closeFuture }

    func respond(_ status: Int = 200, headers: [(String, String)] = [], _ body: ByteBuffer = ByteBuffer()) {
        begin(status, headers: headers + [("Content-Length", "\(body.readableBytes)")])
        if body.readableBytes > 0 { write(body) }
        end()
    }

    func begin(_ status: Int = 200, headers: [(String, String)] = []) {
        let head = HTTPResponseHead(version: .http1_1, status: HTTPResponseStatus(statusCode: status), headers: HTTPHeaders(headers))
        channel.writeAndFlush(HTTPServerResponsePart.head(head), promise: nil)
    }

    /// Succeeds when the kernel has taken the bytes.
    @discardableResult
    func write(_ bytes: ByteBuffer) -> EventLoopFuture<Void> {
        channel.writeAndFlush(HTTPServerResponsePart.body(.byteBuffer(bytes)))
    }

    func end() {
        channel.writeAndFlush(HTTPServerResponsePart.end(nil), promise: nil)
    }

    /// Ends the connection in the middle of whatever it was.
    func disconnect() {
        channel.close(promise: nil)
    }
}

private final class ExchangeHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart

    private let answer: LoopbackServer.Answer
    private var head: HTTPRequestHead?
    private var body = ByteBuffer()

    init(_ answer: @escaping LoopbackServer.Answer) {
        self.answer = answer
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = ByteBuffer()
        case .body(var piece):
            body.writeBuffer(&piece)
        case .end:
            if let head { answer(Exchange(head: head, body: body, channel: context.channel)) }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
