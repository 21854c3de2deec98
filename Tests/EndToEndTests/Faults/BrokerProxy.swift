import NIOCore
import NIOPosix
import Synchronization
import TestSupport

/// A TCP proxy in front of the broker that can hold back what consumers say: deliveries go on, acknowledgements no longer arrive.
/// It stands for the moment between a confirmed result and its acknowledgement, stretched as long as a test wants it.
final class AcknowledgementBlocker: Sendable {
    /// Part of the connection name that tells a worker's consuming connection from its publishing one.
    private static let mark = Array("moltbot-worker-consume".utf8)

    let port: Int
    private let listener: any Channel
    private let isBlocking: BlockSwitch

    final class BlockSwitch: Sendable {
        private let value = Atomic(false)
        func close() { value.store(true, ordering: .sequentiallyConsistent) }
        var isClosed: Bool { value.load(ordering: .sequentiallyConsistent) }
    }

    private init(listener: any Channel, port: Int, isBlocking: BlockSwitch) {
        self.listener = listener
        self.port = port
        self.isBlocking = isBlocking
    }

    static func start(brokerPort: Int) async throws -> AcknowledgementBlocker {
        let isBlocking = BlockSwitch()
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { client in
                let server = ClientBootstrap(group: client.eventLoop)
                    .connect(host: "127.0.0.1", port: brokerPort)
                return server.flatMapThrowing { server in
                    try client.pipeline.syncOperations.addHandler(Forwarder(to: server, mark: mark, isBlocking: isBlocking))
                    try server.pipeline.syncOperations.addHandler(Forwarder(to: client, mark: nil, isBlocking: isBlocking))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        guard let port = listener.localAddress?.port else { throw TerminalFailure(description: "The proxy has no port.") }
        return AcknowledgementBlocker(listener: listener, port: port, isBlocking: isBlocking)
    }

    func block() { isBlocking.close() }
    func stop() async { try? await listener.close() }

    private final class Forwarder: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let peer: any Channel
        private let mark: [UInt8]?
        private let isBlocking: BlockSwitch
        private var isMarked = false

        init(to peer: any Channel, mark: [UInt8]?, isBlocking: BlockSwitch) {
            self.peer = peer
            self.mark = mark
            self.isBlocking = isBlocking
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let buffer = unwrapInboundIn(data)
            if let mark, !isMarked, contains(buffer.readableBytesView, mark) { isMarked = true }
            if isMarked, isBlocking.isClosed { return }
            peer.writeAndFlush(buffer, promise: nil)
        }

        func channelInactive(context: ChannelHandlerContext) {
            peer.close(promise: nil)
        }

        private func contains(_ bytes: ByteBufferView, _ wanted: [UInt8]) -> Bool {
            guard bytes.count >= wanted.count else { return false }
            return bytes.indices.dropLast(wanted.count - 1).contains { bytes[$0...].starts(with: wanted) }
        }
    }
}
