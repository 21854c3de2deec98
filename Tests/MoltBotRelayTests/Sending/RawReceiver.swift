import NIOCore
import NIOPosix
import Synchronization
import TestSupport

/// A TCP server that answers the requests it gets, whatever they are, with bytes of the test's choice.
enum RawReceiver {
    enum Reply: Sendable {
        case answer(String)
        case close
    }

    /// - Parameters:
    ///   - reply: what to do with each request, counted from 1 over all connections.
    ///   - test: gets the port, and for each request the number of its connection.
    static func with<Result>(
        _ reply: @escaping @Sendable (Int) -> Reply, _ test: (_ port: Int, _ requests: Recorder<Int>) async throws -> Result
    ) async throws -> Result {
        let requests = Recorder<Int>()
        let connections = Mutex(0)
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                let number = connections.withLock { count in
                    count += 1
                    return count
                }
                return channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Handler(number: number, requests: requests, reply: reply))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        do {
            let result = try await test(listener.localAddress?.port ?? 0, requests)
            try await listener.close()
            return result
        } catch {
            try await listener.close()
            throw error
        }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let number: Int
        private let requests: Recorder<Int>
        private let reply: @Sendable (Int) -> Reply
        private var received = ""

        init(number: Int, requests: Recorder<Int>, reply: @escaping @Sendable (Int) -> Reply) {
            self.number = number
            self.requests = requests
            self.reply = reply
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            received += String(buffer: unwrapInboundIn(data))
            // Every request of these tests has the same body, and ends with it.
            guard received.hasSuffix("}}") else { return }
            received = ""
            requests.record(number)
            switch reply(requests.count) {
            case .answer(let text): context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
            case .close: context.close(promise: nil)
            }
        }
    }
}
