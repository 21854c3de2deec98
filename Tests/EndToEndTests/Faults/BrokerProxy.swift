import NIOCore
import NIOPosix
import Synchronization
import TestSupport

/// A TCP proxy in front of the broker that can hold back what one side says. A moment that lasts a millisecond in life, such as the one
/// between an outcome and its acknowledgement, lasts here until a test has killed whom it wants.
final class BrokerProxy: Sendable {
    /// What is held back, of a process's connections.
    enum Hold: String, Sendable {
        /// What the process publishes leaves it and does not reach the broker.
        case publishes
        /// What it publishes reaches the broker, and the broker's confirmation does not reach it.
        case confirms
        /// It hears everything, and its acknowledgements do not reach the broker.
        case acknowledgements
        /// What the broker sends it from queues and streams does not reach it.
        case deliveries
        /// What it declares does not reach the broker.
        case declarations
    }

    /// What both directions of all connections share.
    private final class Switch: Sendable {
        private struct State {
            var hold: Hold?
            /// What has to be published before something is held back.
            var trigger: (hold: Hold, text: String)?
            var text = ""
        }

        private let state = Mutex(State())
        let held = Recorder<String>()

        func close(_ hold: Hold) { state.withLock { $0.hold = hold } }

        func close(_ hold: Hold, after text: String) { state.withLock { $0.trigger = (hold, text) } }

        /// Whether the bytes are held back; what was so far is recorded.
        func holds(_ bytes: ByteBuffer, of connection: Connection, fromBroker: Bool) -> Bool {
            let text: String? = state.withLock { state in
                defer {
                    if let trigger = state.trigger, connection.isPublishing, !fromBroker, connection.says(trigger.text, in: bytes) {
                        (state.hold, state.trigger) = (trigger.hold, nil)
                    }
                }
                let isHeld =
                    switch state.hold {
                    case .publishes: connection.isPublishing && !fromBroker
                    case .confirms: connection.isPublishing && fromBroker
                    case .acknowledgements: connection.isConsuming && !fromBroker
                    case .deliveries: connection.isConsuming && fromBroker
                    case .declarations: connection.isAside && !fromBroker
                    case nil: false
                    }
                guard isHeld else { return nil }
                state.text += String(decoding: bytes.readableBytesView, as: UTF8.self)
                return state.text
            }
            guard let text else { return false }
            held.record(text)
            return true
        }
    }

    /// Which of a process's connections it is, by the name that the client gives it. Of its event loop.
    private final class Connection {
        var isPublishing = false
        var isConsuming = false
        /// For declarations, which close a channel when they are refused.
        var isAside = false

        /// The end of what was looked through last.
        private var seam = ""

        /// Whether the text is in these bytes, or has come in two parts.
        func says(_ text: String, in bytes: ByteBuffer) -> Bool {
            let said = seam + String(decoding: bytes.readableBytesView, as: UTF8.self)
            seam = String(said.suffix(max(1, text.count) - 1))
            return said.contains(text)
        }

        func heard(_ bytes: ByteBuffer) {
            guard !isPublishing, !isConsuming, !isAside else { return }
            let text = String(decoding: bytes.readableBytesView, as: UTF8.self)
            guard text.contains("moltbot-") else { return }
            isPublishing = text.contains("-publish")
            isConsuming = text.contains("-consume")
            isAside = text.contains("-aside")
        }
    }

    let port: Int
    private let listener: any Channel
    private let hold: Switch

    private init(listener: any Channel, port: Int, hold: Switch) {
        self.listener = listener
        self.port = port
        self.hold = hold
    }

    static func start(brokerPort: Int) async throws -> BrokerProxy {
        let hold = Switch()
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { client in
                ClientBootstrap(group: client.eventLoop).connect(host: "127.0.0.1", port: brokerPort).flatMapThrowing { server in
                    let connection = Connection()
                    try client.pipeline.syncOperations.addHandler(Forwarder(to: server, connection, hold, fromBroker: false))
                    try server.pipeline.syncOperations.addHandler(Forwarder(to: client, connection, hold, fromBroker: true))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        guard let port = listener.localAddress?.port else { throw TerminalFailure(description: "The proxy has no port.") }
        return BrokerProxy(listener: listener, port: port, hold: hold)
    }

    /// Everything that was held back up to the moment of each element.
    var held: Recorder<String> { hold.held }

    func hold(_ what: Hold) { hold.close(what) }
    /// Begins once a process has published something with `text` in it, which still goes through.
    func hold(_ what: Hold, after text: String) { hold.close(what, after: text) }
    func stop() async { try? await listener.close() }

    private final class Forwarder: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let peer: any Channel
        private let connection: Connection
        private let hold: Switch
        private let fromBroker: Bool

        init(to peer: any Channel, _ connection: Connection, _ hold: Switch, fromBroker: Bool) {
            self.peer = peer
            self.connection = connection
            self.hold = hold
            self.fromBroker = fromBroker
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let buffer = unwrapInboundIn(data)
            if !fromBroker { connection.heard(buffer) }
            if hold.holds(buffer, of: connection, fromBroker: fromBroker) { return }
            peer.writeAndFlush(buffer, promise: nil)
        }

        func channelInactive(context: ChannelHandlerContext) {
            peer.close(promise: nil)
        }
    }
}
