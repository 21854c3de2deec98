internal import Logging
internal import NIOCore
internal import NIOSSL

/// One connection on its event loop: bytes in, bytes out, and the actions of the connection's state machine. Not thread-safe.
final class ConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    struct Opened: Sendable {
        var tuning: Method.Tuning
        var serverProperties: AMQPTable
    }

    let maximumUnconfirmed: Int
    private(set) var blockedReason: String?
    /// Tells other threads that nothing new may start.
    let closing = Ending()
    private var hasEnded = false
    private let opened: EventLoopPromise<Opened>
    private let closed: EventLoopPromise<AMQPError>
    private let blockedChanged: (String?) -> Void
    private let logger: Logger

    private var machine: ConnectionStateMachine
    private let decoder = FrameDecoder()
    private let encoder = FrameEncoder()
    private var heartbeat: HeartbeatMonitor?
    private var timer: RepeatedTask?
    /// Leaves a broker that does not answer the close.
    private var closeTimer: Scheduled<Void>?
    /// Why nothing new may start: the connection closes or has ended.
    private var refusal: AMQPError? { didSet { closing.happened() } }
    private var tuning = Method.Tuning(channelMax: 0, frameMax: 131_072, heartbeat: 0)
    private var channels: [UInt16: ChannelSession] = [:]
    private var nextChannel: UInt16 = 1
    private var channelsWithAcks: [ChannelSession] = []

    private var context: ChannelHandlerContext?
    private var out = ByteBuffer()
    private var isFlushScheduled = false
    private var isReading = false
    private static let largestBatch = 256 * 1024
    private static let closeTimeout = TimeAmount.seconds(5)

    /// Both futures complete at the latest when the handler leaves its pipeline; ``abort(_:)`` one that never joined any.
    init(
        settings: ConnectionStateMachine.Settings, maximumUnconfirmed: Int, loop: any EventLoop, logger: Logger,
        blockedChanged: @escaping (String?) -> Void
    ) {
        self.machine = ConnectionStateMachine(settings: settings)
        self.maximumUnconfirmed = maximumUnconfirmed
        self.opened = loop.makePromise()
        self.closed = loop.makePromise()
        self.logger = logger
        self.blockedChanged = blockedChanged
    }

    var whenOpened: EventLoopFuture<Opened> { opened.futureResult }
    /// Succeeds with the reason when the connection has ended.
    var whenClosed: EventLoopFuture<AMQPError> { closed.futureResult }

    // MARK: NIO

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { run(machine.connected()) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        run(machine.connectionLost(AMQPError(.connectionLost, "the connection to the broker was dropped")))
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        run(machine.connected())
    }

    func channelInactive(context: ChannelHandlerContext) {
        run(machine.connectionLost(AMQPError(.connectionLost, "the broker closed the TCP connection")))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        run(machine.connectionLost(AMQPError(Self.code(for: error), "the connection to the broker failed: \(error)", cause: error)))
        context.close(promise: nil)
    }

    private static func code(for error: any Error) -> AMQPError.Code {
        switch error {
        // The peer hung up without the parting message of TLS: no more than a lost connection.
        case NIOSSLError.uncleanShutdown: .connectionLost
        case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError: .tls
        default: .connectionLost
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !hasEnded else { return }
        heartbeat?.bytesReceived(at: context.eventLoop.now)
        var buffer = unwrapInboundIn(data)
        isReading = true
        do throws(AMQPError) {
            try decoder.decode(&buffer) { received($0) }
        } catch {
            violated(error)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        isReading = false
        flush()
        context.fireChannelReadComplete()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if mayPublish { resumePublishing() }
        context.fireChannelWritabilityChanged()
    }

    // MARK: For channels

    /// False while the broker has an alarm or the socket is full.
    var mayPublish: Bool {
        blockedReason == nil && refusal == nil && (context?.channel.isWritable ?? false)
    }

    func openChannel() throws(AMQPError) -> ChannelSession {
        if let refusal { throw refusal }
        let limit = tuning.channelMax == 0 ? UInt16.max : tuning.channelMax
        guard channels.count < Int(limit) else {
            throw AMQPError(.invalidConfiguration, "all \(limit) channels of the connection are in use; raise channel_max")
        }
        while channels[nextChannel] != nil || nextChannel == 0 || nextChannel > limit {
            nextChannel = nextChannel >= limit ? 1 : nextChannel + 1
        }
        let session = ChannelSession(number: nextChannel, connection: self)
        channels[nextChannel] = session
        nextChannel = nextChannel >= limit ? 1 : nextChannel + 1
        return session
    }

    func write(_ method: Method, channel: UInt16) throws(AMQPError) {
        try encoder.write(method, channel: channel, to: &out)
        scheduleFlush()
    }

    /// Writes all frames of a publish, or none of them.
    func write(_ message: AMQPMessage, channel: UInt16) throws(AMQPError) {
        let start = out.writerIndex
        do throws(AMQPError) {
            try encoder.write(
                .basicPublish(exchange: message.exchange, routingKey: message.routingKey, isMandatory: message.isMandatory),
                channel: channel, to: &out)
            try encoder.writeContent(message.properties, body: message.body, channel: channel, to: &out)
        } catch {
            out.moveWriterIndex(to: start)
            throw error
        }
        // Large messages must not gather here, where `mayPublish` does not see them.
        if out.readableBytes >= Self.largestBatch { flush() } else { scheduleFlush() }
    }

    func hasAcknowledgements(_ channel: ChannelSession) {
        if !channelsWithAcks.contains(where: { $0 === channel }) { channelsWithAcks.append(channel) }
        scheduleFlush()
    }

    func channelClosed(_ channel: ChannelSession) {
        channels[channel.number] = nil
        channelsWithAcks.removeAll { $0 === channel }
    }

    func violated(_ error: AMQPError) {
        run(machine.protocolViolated(error))
    }

    /// Closes in order: verdicts and publishes of before go out first, and confirms may come until the broker answers.
    func close() {
        guard refusal == nil else { return }
        let reason = AMQPError(.connectionClosed, "the connection was closed by this side")
        refusal = reason
        flush()
        for channel in channels.values { channel.connectionClosing(reason) }
        run(machine.closeRequested())
        guard !hasEnded, let loop = context?.eventLoop else { return }
        closeTimer = loop.assumeIsolated().scheduleTask(in: Self.closeTimeout) { [weak self] in
            self?.abort(AMQPError(.connectionClosed, "the broker did not answer the close"))
        }
    }

    /// Ends the connection for a reason that the broker did not give.
    func abort(_ error: AMQPError) {
        run(machine.aborted(error))
    }

    // MARK: Frames

    private func received(_ frame: Frame) {
        // The rest of a read whose beginning has ended the connection.
        guard !hasEnded else { return }
        switch frame {
        case .heartbeat: return
        case .method(channel: 0, let method): run(machine.methodReceived(method))
        case .method(let number, let method): channels[number]?.methodReceived(method)
        case .header(let number, let bodySize, let properties):
            channels[number]?.headerReceived(bodySize: bodySize, properties)
        case .body(let number, let bytes): channels[number]?.bodyReceived(bytes)
        }
    }

    // MARK: Actions

    private func run(_ action: ConnectionStateMachine.Action) {
        switch action {
        case .none: return
        case .sendProtocolHeader:
            out.writeBytes(FrameEncoder.protocolHeader)
            scheduleFlush()
        case .send(let method): send(method)
        case .tune(let tuning, let methods):
            tuned(tuning)
            for method in methods { send(method) }
        case .opened(let tuning, let serverProperties):
            opened.succeed(Opened(tuning: tuning, serverProperties: serverProperties))
        case .blocked(let reason):
            blockedReason = reason
            blockedChanged(reason)
            logger.warning("The broker takes no messages until its alarm ends", metadata: ["amqp.blocked.reason": "\(reason)"])
        case .unblocked:
            blockedReason = nil
            blockedChanged(nil)
            logger.notice("The broker takes messages again")
            resumePublishing()
        case .fail(let error, let method): fail(error, sendingFirst: method)
        }
    }

    private func send(_ method: Method) {
        do throws(AMQPError) {
            try write(method, channel: 0)
        } catch {
            fail(error, sendingFirst: nil)
        }
    }

    private func tuned(_ tuning: Method.Tuning) {
        self.tuning = tuning
        let frameMax = tuning.frameMax == 0 ? 131_072 : Int(min(tuning.frameMax, 131_072))
        decoder.frameMax = frameMax
        encoder.frameMax = frameMax
        guard let loop = context?.eventLoop else { return }
        heartbeat = HeartbeatMonitor(seconds: tuning.heartbeat, now: loop.now)
        let period = heartbeat?.period ?? .seconds(1)
        let handler = NIOLoopBound(self, eventLoop: loop)
        timer = loop.scheduleRepeatedTask(initialDelay: period, delay: period) { _ in handler.value.timerFired() }
    }

    /// One timer a connection serves heartbeats and every deadline on it.
    private func timerFired() {
        guard let now = context?.eventLoop.now else { return }
        switch heartbeat?.timerFired(at: now) {
        case .send:
            encoder.writeHeartbeat(to: &out)
            flush()
        case .peerIsDead:
            return abort(AMQPError(.connectionLost, "the broker has sent nothing for two heartbeats (\(tuning.heartbeat) s each)"))
        case nil, .some(.none): break
        }
        for channel in channels.values {
            if let error = channel.deadlinesPassed(now) { return abort(error) }
        }
    }

    private func fail(_ error: AMQPError, sendingFirst method: Method?) {
        refusal = error
        if let method {
            // The connection ends either way; a method that cannot be encoded is no new information.
            try? write(method, channel: 0)
            flush()
        }
        hasEnded = true
        timer?.cancel()
        timer = nil
        closeTimer?.cancel()
        closeTimer = nil
        for channel in channels.values { channel.connectionFailed(error) }
        opened.fail(error)
        closed.succeed(error)
        context?.close(promise: nil)
    }

    private func resumePublishing() {
        for channel in channels.values { channel.resumePublishing() }
    }

    // MARK: Writing

    /// One write for all that is produced in this turn of the loop.
    private func scheduleFlush() {
        guard !isFlushScheduled, !isReading, let context else { return }
        isFlushScheduled = true
        context.eventLoop.assumeIsolated().execute { [weak self] in
            self?.isFlushScheduled = false
            self?.flush()
        }
    }

    private func flush() {
        let channels = channelsWithAcks
        channelsWithAcks.removeAll(keepingCapacity: true)
        for channel in channels { channel.flushAcknowledgements() }
        guard out.readableBytes > 0, let context else { return }
        let ready = out
        out = context.channel.allocator.buffer(capacity: 16 * 1024)
        heartbeat?.bytesSent(at: context.eventLoop.now)
        context.writeAndFlush(wrapOutboundOut(ready), promise: nil)
    }
}
