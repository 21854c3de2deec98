public import Logging
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import Synchronization

/// One connection to one broker, for as long as it lasts. It does not reconnect: ``AMQPClient`` does.
public final class AMQPConnection: Sendable {
    /// Where the connection goes, without credentials.
    public let endpoint: String
    /// What the broker says of itself: `product`, `version`, `cluster_name`, `capabilities`.
    public let serverProperties: AMQPTable
    /// Channels that may be open at once, as both sides have agreed.
    public let maximumChannels: Int
    private let channel: any Channel
    private let handler: NIOLoopBound<ConnectionHandler>
    private let closed: EventLoopFuture<AMQPError>
    private let closing: Ending
    private let blocked: BlockedState
    private let configuration: AMQPConfiguration

    final class BlockedState: Sendable {
        private let reason = Mutex<String?>(nil)
        func set(_ value: String?) { reason.withLock { $0 = value } }
        var value: String? { reason.withLock { $0 } }
    }

    private init(
        endpoint: String, opened: ConnectionHandler.Opened, channel: any Channel, handler: NIOLoopBound<ConnectionHandler>,
        closed: EventLoopFuture<AMQPError>, closing: Ending, blocked: BlockedState, configuration: AMQPConfiguration
    ) {
        self.endpoint = endpoint
        self.serverProperties = opened.serverProperties
        self.maximumChannels = opened.tuning.channelMax == 0 ? Int(UInt16.max) : Int(opened.tuning.channelMax)
        self.channel = channel
        self.handler = handler
        self.closed = closed
        self.closing = closing
        self.blocked = blocked
        self.configuration = configuration
    }

    /// The broker's alarm (memory, disk) while it takes no messages; nil otherwise.
    public var blockedReason: String? { blocked.value }

    /// True once the connection closes or has ended, whoever began it: nothing new may start.
    public var isClosed: Bool { closing.hasHappened }

    /// Connects, runs `body` and closes. Tries each endpoint once, in order.
    /// - Throws: what `body` throws; an ``AMQPError`` that names every endpoint tried when none answers.
    public static func withConnection<Result>(
        configuration: AMQPConfiguration, logger: Logger, _ body: (AMQPConnection) async throws -> Result
    ) async throws -> Result {
        let connection = try await connectToAny(configuration, logger: logger)
        do {
            let result = try await body(connection)
            await connection.close()
            return result
        } catch {
            await connection.close()
            throw error
        }
    }

    private static func connectToAny(_ configuration: AMQPConfiguration, logger: Logger) async throws(AMQPError) -> AMQPConnection {
        var failures: [AMQPError] = []
        for endpoint in configuration.endpoints {
            do throws(AMQPError) {
                return try await connect(to: endpoint, configuration: configuration, logger: logger)
            } catch {
                failures.append(error)
            }
        }
        guard failures.count > 1, let last = failures.last else {
            throw failures.first ?? AMQPError(.invalidConfiguration, "no broker URL given")
        }
        throw AMQPError(last.code, failures.map(\.message).joined(separator: "; "), replyCode: last.replyCode, cause: last)
    }

    /// Connects to one endpoint within its `connectionTimeout`.
    static func connect(to endpoint: AMQPEndpoint, configuration: AMQPConfiguration, logger: Logger) async throws(AMQPError)
        -> AMQPConnection
    {
        try endpoint.validate()
        let tls = try endpoint.tls?.makeContext()
        let attempt = ConnectAttempt()
        do {
            return try await withTaskCancellationHandler {
                try await connect(to: endpoint, tls: tls, attempt: attempt, configuration: configuration, logger: logger)
            } onCancel: {
                attempt.cancel()
            }
        } catch {
            throw attempt.isCancelled ? ConnectAttempt.cancelledError : AMQPError(connecting: endpoint, error)
        }
    }

    private static func connect(
        to endpoint: AMQPEndpoint, tls: NIOSSLContext?, attempt: ConnectAttempt, configuration: AMQPConfiguration, logger: Logger
    ) async throws -> AMQPConnection {
        let deadline = NIODeadline.now() + .init(endpoint.connectionTimeout)
        let blocked = BlockedState()
        let settings = ConnectionStateMachine.Settings(
            credentials: endpoint.credentials, virtualHost: endpoint.virtualHost, clientProperties: configuration.allClientProperties,
            tuning: .init(channelMax: endpoint.channelMax, frameMax: endpoint.frameMax, heartbeat: endpoint.heartbeat))
        let bootstrap = ClientBootstrap(group: configuration.eventLoop ?? MultiThreadedEventLoopGroup.singleton.next())
            .connectTimeout(.init(endpoint.connectionTimeout))
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelOption(.writeBufferWaterMark, value: .init(low: 512 * 1024, high: 2 * 1024 * 1024))
            .channelOption(
                .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 1024, initial: 65_536, maximum: 262_144))
        // A host may have several addresses: each gets a socket, and so a handler with its own futures.
        let (channel, handler) = try await bootstrap.connect(host: endpoint.host, port: endpoint.port) { channel in
            channel.eventLoop.makeCompletedFuture {
                try attempt.started(channel)
                if let tls { try channel.pipeline.syncOperations.addHandler(sslHandler(tls, endpoint)) }
                let handler = ConnectionHandler(
                    settings: settings, maximumUnconfirmed: configuration.maximumUnconfirmed, loop: channel.eventLoop, logger: logger,
                    blockedChanged: { blocked.set($0) })
                do {
                    try channel.pipeline.syncOperations.addHandler(handler)
                } catch {
                    handler.abort(AMQPError(.connectFailed, "the socket closed before it was used", cause: error))
                    throw error
                }
                return (channel, NIOLoopBound(handler, eventLoop: channel.eventLoop))
            }
        }
        let timeout = channel.eventLoop.scheduleTask(deadline: deadline) {
            handler.value.abort(AMQPError(.connectFailed, "no AMQP handshake within \(endpoint.connectionTimeout)"))
        }
        defer { timeout.cancel() }
        let futures = try await channel.eventLoop.submit { (handler.value.whenOpened, handler.value.whenClosed, handler.value.closing) }
            .get()
        return AMQPConnection(
            endpoint: endpoint.redacted, opened: try await futures.0.get(), channel: channel, handler: handler, closed: futures.1,
            closing: futures.2, blocked: blocked, configuration: configuration)
    }

    private static func sslHandler(_ context: NIOSSLContext, _ endpoint: AMQPEndpoint) throws -> NIOSSLClientHandler {
        let name = endpoint.tls?.serverName ?? endpoint.host
        // SNI must be a name (RFC 6066, section 3); NIOSSL checks an address against the certificate by itself.
        let isAddress = (try? SocketAddress(ipAddress: name, port: 0)) != nil
        return try NIOSSLClientHandler(context: context, serverHostname: isAddress ? nil : name)
    }

    /// Waits until the connection has ended and gives the reason. Cancelling the caller closes the connection.
    public func waitUntilClosed() async -> AMQPError {
        await withTaskCancellationHandler {
            do {
                return try await closed.get()
            } catch {
                return AMQPError(.connectionLost, "the connection ended: \(error)", cause: error)
            }
        } onCancel: {
            startClosing()
        }
    }

    /// Closes in order: what was written before goes out first. Returns when the connection is gone; a broker that does not answer is
    /// left after 5 seconds.
    public func close() async {
        startClosing()
        _ = try? await closed.get()
    }

    private func startClosing() {
        let handler = handler
        channel.eventLoop.execute { handler.value.close() }
    }

    /// Opens a channel in confirm mode, runs `body` and closes the channel.
    @discardableResult
    public func withChannel<Result>(_ body: (AMQPChannel) async throws -> Result) async throws -> Result {
        let channel = try await openChannel()
        do {
            let result = try await body(channel)
            channel.close()
            return result
        } catch {
            channel.close()
            throw error
        }
    }

    /// Opens a channel in confirm mode. The caller closes it.
    func openChannel() async throws(AMQPError) -> AMQPChannel {
        let handler = handler
        let configuration = configuration
        let result: Swift.Result<AMQPChannel, AMQPError> = await withCheckedContinuation { continuation in
            channel.eventLoop.execute {
                do throws(AMQPError) {
                    let session = try handler.value.openChannel()
                    let opened = AMQPChannel(
                        session: NIOLoopBound(session, eventLoop: handler.eventLoop), end: session.end, loop: handler.eventLoop,
                        configuration: configuration)
                    continuation.resume(returning: .success(opened))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        let opened = try result.get()
        try await opened.open()
        return opened
    }
}

extension AMQPError {
    /// What a person reads when an endpoint cannot be used: what was tried, what happened, what to do.
    fileprivate init(connecting endpoint: AMQPEndpoint, _ error: any Error) {
        let place = endpoint.redacted
        guard let known = error as? AMQPError else {
            self.init(
                .connectFailed,
                "cannot reach the broker at \(place): \(ConnectFailureText.describe(error)); is it running, and are host and port right?",
                cause: error)
            return
        }
        let remedy =
            switch known.code {
            case .authenticationRefused: "refused \(endpoint.credentials); check user and password"
            case .virtualHostRefused: "refused virtual host '\(endpoint.virtualHost)'; check its name and the user's permissions"
            case .tls: "TLS failed; check the certificate, the authority (cacertfile) and the host name"
            case .connectFailed: "gave no answer; is this the AMQP port?"
            default: "did not complete the handshake"
            }
        self.init(known.code, "the broker at \(place) \(remedy): \(known.message)", replyCode: known.replyCode, cause: known)
    }
}

extension TimeAmount {
    /// Longer than ten years means ten years: NIO counts nanoseconds in 64 bits.
    init(_ duration: Duration) {
        let (seconds, attoseconds) = min(max(duration, .zero), .seconds(10 * 365 * 86_400)).components
        self = .nanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}
