import Glibc
import NIOCore
import NIOHTTP1

/// Collects the requests of one connection and plays each one's response on the connection's event loop.
final class ModelServerHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let script: ModelServer.Script
    private let traffic: ModelTraffic
    private var head: HTTPRequestHead?
    private var body = ByteBuffer()
    /// The request whose response is not complete.
    private var current: RecordedRequest?
    private var isClosed = false

    init(script: @escaping ModelServer.Script, traffic: ModelTraffic) {
        self.script = script
        self.traffic = traffic
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body.clear()
        case .body(var part):
            body.writeBuffer(&part)
        case .end:
            guard let head else { return }
            let request = traffic.receive(head, body: Array(body.readableBytesView))
            current = request
            respond(script(request), context)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        isClosed = true
        if let current { traffic.abandoned.record(current) }
        current = nil
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func respond(_ response: ModelResponse, _ context: ChannelHandlerContext) {
        let handler = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let loop = context.eventLoop
        let begin: @Sendable () -> Void = {
            loop.scheduleTask(in: TimeAmount(response.delay)) {
                let (handler, context) = handler.value
                handler.sendHead(response, context)
            }
        }
        if let gate = response.gate { gate.whenOpen(begin) } else { begin() }
    }

    private func sendHead(_ response: ModelResponse, _ context: ChannelHandlerContext) {
        guard !isClosed else { return }
        if response.ending == .reset, response.chunks.isEmpty { return end(.reset, context) }
        var head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: response.status), headers: response.headers)
        let isWhole = response.chunks.count <= 1 && response.ending == .complete
        if isWhole, !head.headers.contains(name: "content-length") {
            head.headers.add(name: "content-length", value: String(response.chunks.first?.text.utf8.count ?? 0))
        }
        context.writeAndFlush(wrapOutboundOut(.head(head)), promise: nil)
        send(response.chunks[...], response.ending, context)
    }

    private func send(_ chunks: ArraySlice<ModelResponse.Chunk>, _ ending: ModelResponse.Ending, _ context: ChannelHandlerContext) {
        guard !isClosed else { return }
        guard let chunk = chunks.first else { return end(ending, context) }
        let handler = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let next: @Sendable () -> Void = {
            let (handler, context) = handler.value
            guard !handler.isClosed else { return }
            let bytes = context.channel.allocator.buffer(string: chunk.text)
            context.writeAndFlush(handler.wrapOutboundOut(.body(.byteBuffer(bytes))), promise: nil)
            handler.send(chunks.dropFirst(), ending, context)
        }
        if chunk.pause == .zero { next() } else { context.eventLoop.scheduleTask(in: TimeAmount(chunk.pause), next) }
    }

    private func end(_ ending: ModelResponse.Ending, _ context: ChannelHandlerContext) {
        switch ending {
        case .complete:
            current = nil
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        case .closeConnection:
            current = nil
            context.close(promise: nil)
        case .silence: break
        case .reset:
            current = nil
            // A socket that does not linger drops what it has, and says so with a reset.
            let handler = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            (context.channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in
                handler.value.1.close(promise: nil)
            }
        }
    }
}
