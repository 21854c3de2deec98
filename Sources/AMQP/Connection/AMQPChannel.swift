internal import NIOCore

/// One channel in confirm mode. A refused operation (403, 404, 405, 406) ends the channel, and only the channel.
///
/// Every call waits for the broker's answer, at most for `callTimeout` or `publishTimeout` of the configuration.
public final class AMQPChannel: Sendable {
    private let session: NIOLoopBound<ChannelSession>
    private let loop: any EventLoop
    private let callTimeout: TimeAmount
    private let publishTimeout: TimeAmount
    private let maximumMessageSize: Int
    private let end: Ending

    init(session: NIOLoopBound<ChannelSession>, end: Ending, loop: any EventLoop, configuration: AMQPConfiguration) {
        self.session = session
        self.loop = loop
        self.callTimeout = .init(configuration.callTimeout)
        self.publishTimeout = .init(configuration.publishTimeout)
        self.maximumMessageSize = configuration.maximumMessageSize
        self.end = end
    }

    /// True once the broker or this side has closed the channel.
    public var isClosed: Bool { end.hasHappened }

    // MARK: Exchanges

    /// Creates the exchange, or checks that it exists as described (406 when it differs). `passive` only asks whether the name
    /// exists (404 when it does not).
    public func exchangeDeclare(_ exchange: AMQPExchange, passive: Bool = false) async throws(AMQPError) {
        try await call(.exchangeDeclare(exchange, kind: exchange.kind.rawValue, isPassive: passive))
    }

    public func exchangeDelete(_ name: String, ifUnused: Bool = false) async throws(AMQPError) {
        try await call(.exchangeDelete(name: name, ifUnused: ifUnused))
    }

    /// Routes what `source` receives for `routingKey` on to `destination` (a RabbitMQ extension).
    public func exchangeBind(destination: String, source: String, routingKey: String, arguments: AMQPTable = [:]) async throws(AMQPError) {
        try await call(.exchangeBind(.init(destination: destination, source: source, routingKey: routingKey, arguments: arguments)))
    }

    public func exchangeUnbind(destination: String, source: String, routingKey: String, arguments: AMQPTable = [:]) async throws(AMQPError)
    {
        try await call(.exchangeUnbind(.init(destination: destination, source: source, routingKey: routingKey, arguments: arguments)))
    }

    // MARK: Queues

    /// Creates the queue, or checks that it exists as described (406 when it differs). `passive` only asks for its status (404 when
    /// the name does not exist).
    @discardableResult
    public func queueDeclare(_ queue: AMQPQueue, passive: Bool = false) async throws(AMQPError) -> AMQPQueueStatus {
        guard case .method(.queueDeclareOk(let status)) = try await call(.queueDeclare(queue, isPassive: passive)) else {
            throw Self.unexpectedAnswer
        }
        return status
    }

    public func queueBind(queue: String, exchange: String, routingKey: String, arguments: AMQPTable = [:]) async throws(AMQPError) {
        try await call(.queueBind(.init(queue: queue, exchange: exchange, routingKey: routingKey, arguments: arguments)))
    }

    public func queueUnbind(queue: String, exchange: String, routingKey: String, arguments: AMQPTable = [:]) async throws(AMQPError) {
        try await call(.queueUnbind(.init(queue: queue, exchange: exchange, routingKey: routingKey, arguments: arguments)))
    }

    /// Drops the ready messages and returns how many they were.
    @discardableResult
    public func queuePurge(_ name: String) async throws(AMQPError) -> Int {
        guard case .method(.queuePurgeOk(let count)) = try await call(.queuePurge(name: name)) else { throw Self.unexpectedAnswer }
        return count
    }

    /// Deletes the queue and returns how many messages went with it.
    @discardableResult
    public func queueDelete(_ name: String, ifUnused: Bool = false, ifEmpty: Bool = false) async throws(AMQPError) -> Int {
        guard case .method(.queueDeleteOk(let count)) = try await call(.queueDelete(name: name, ifUnused: ifUnused, ifEmpty: ifEmpty))
        else { throw Self.unexpectedAnswer }
        return count
    }

    // MARK: Messages

    /// Publishes and returns when the broker has taken responsibility for the message: stored on every queue it was routed to.
    /// A cancelled caller waits on: the message has left, and its outcome matters.
    /// - Throws: ``AMQPError`` with code `unroutable`, `nacked`, `outcomeUnknown`, `blocked`, `messageTooLarge`, or what ended the
    ///   channel (403 and 404 for the exchange that caused it).
    public func publish(_ message: AMQPMessage) async throws(AMQPError) {
        switch await outcome(of: message) {
        case .stored: return
        case .failed(let error), .notSent(let error): throw error
        }
    }

    /// Publishes without waiting for the outcome, which goes to `done` on the event loop.
    func send(_ message: AMQPMessage, done: @escaping @Sendable (PublishOutcome) -> Void) {
        let deadline = NIODeadline.now() + publishTimeout
        onLoop { $0.publish(PendingPublish(message: message, deadline: deadline, resume: done)) }
    }

    func outcome(of message: AMQPMessage) async -> PublishOutcome {
        // One over the broker's limit would end the channel, with all other publishes in flight on it.
        guard message.body.readableBytes <= maximumMessageSize else {
            return .failed(
                AMQPError(
                    .messageTooLarge,
                    "the body has \(message.body.readableBytes) bytes; the limit (maximumMessageSize) is \(maximumMessageSize)"))
        }
        let deadline = NIODeadline.now() + publishTimeout
        return await withCheckedContinuation { continuation in
            onLoop { session in
                session.publish(PendingPublish(message: message, deadline: deadline) { continuation.resume(returning: $0) })
            }
        }
    }

    /// Takes the first ready message of a queue; nil when there is none. It must be settled.
    public func get(_ queue: String) async throws(AMQPError) -> AMQPDelivery? {
        switch try await call(.basicGet(queue: queue)) {
        case .delivery(let delivery): delivery
        case .method: nil
        }
    }

    /// Says what becomes of a delivery of this channel. Returns at once; acknowledgements leave together. A delivery of another
    /// channel, or one that is settled already, is ignored: the broker has taken it back, or knows.
    public func settle(_ delivery: AMQPDelivery, _ disposition: AMQPDisposition) {
        onLoop { $0.settle(delivery, disposition) }
    }

    // MARK: Consuming

    /// A stream queue sends whole chunks, and so up to one chunk more than the prefetch; a chunk counts its entries in 16 bits.
    private static let largestChunk = 65_535

    /// Starts a consumer. The stream holds at most what the broker may have unsettled; it throws what ends the consumer and finishes
    /// after ``cancelConsumer(_:)``. When its reader is cancelled, so is the consumer.
    func consume(_ queue: String, tag: String, prefetch: UInt16, isExclusive: Bool, arguments: AMQPTable) async throws(AMQPError)
        -> AsyncThrowingStream<AMQPDelivery, any Error>
    {
        try await call(.basicQos(prefetchCount: prefetch))
        let (stream, source) = AsyncThrowingStream.makeStream(
            of: AMQPDelivery.self, bufferingPolicy: .bufferingOldest(Int(prefetch) + Self.largestChunk))
        source.onTermination = { reason in
            if case .cancelled = reason { self.cancelConsumer(tag) }
        }
        let consume = Method.Consume(queue: queue, consumerTag: tag, isExclusive: isExclusive, arguments: arguments)
        let deadline = NIODeadline.now() + callTimeout
        let result: Result<Void, AMQPError> = await withCheckedContinuation { continuation in
            onLoop { session in
                let consumer = ChannelSession.Consumer(
                    received: { delivery in
                        switch source.yield(delivery) {
                        case .enqueued: .taken
                        case .dropped: .overflown
                        case .terminated: .refused
                        @unknown default: .refused
                        }
                    },
                    ended: { error in source.finish(throwing: error) })
                session.consume(consume, consumer: consumer, deadline: deadline) { continuation.resume(returning: $0) }
            }
        }
        try result.get()
        return stream
    }

    /// Ends a consumer: its stream finishes, and what it has handed out can still be settled.
    func cancelConsumer(_ tag: String) {
        let deadline = NIODeadline.now() + callTimeout
        onLoop { $0.cancelConsumer(tag, deadline: deadline) }
    }

    // MARK: Life

    func open() async throws(AMQPError) {
        try await call(.channelOpen)
        try await call(.confirmSelect)
    }

    /// Closes the channel; the broker takes back what is not settled. Returns at once, after what was asked before.
    func close() {
        let deadline = NIODeadline.now() + callTimeout
        onLoop { $0.close(deadline: deadline) }
    }

    @discardableResult
    private func call(_ method: Method) async throws(AMQPError) -> ChannelSession.Reply {
        let deadline = NIODeadline.now() + callTimeout
        let result: Result<ChannelSession.Reply, AMQPError> = await withCheckedContinuation { continuation in
            onLoop { session in session.call(method, deadline: deadline) { continuation.resume(returning: $0) } }
        }
        return try result.get()
    }

    private func onLoop(_ body: @escaping @Sendable (ChannelSession) -> Void) {
        let session = session
        if loop.inEventLoop {
            body(session.value)
        } else {
            loop.execute { body(session.value) }
        }
    }

    private static var unexpectedAnswer: AMQPError {
        AMQPError(.protocolViolation, "the broker answered a call with the wrong method")
    }
}
