public import Logging
internal import Metrics
internal import NIOCore
public import ServiceLifecycle
internal import Synchronization

/// A connection that comes back: it reconnects for ever with jittered backoff, over all endpoints, and restores what it carried.
///
/// On every new connection `setup` runs first (declarations, for example), then the publishing channel and all consumers are
/// restored. Publishing and consuming belong on two clients: RabbitMQ stops reading from a publisher's connection during an alarm.
///
/// `run()` must run for anything else to work; it ends on cancellation or graceful shutdown, after an orderly close.
public final class AMQPClient: Service {
    /// What a dashboard or a health check wants to know.
    public struct Status: Sendable, Hashable {
        public var isConnected: Bool
        /// The endpoint in use, or the last one tried, without credentials.
        public var endpoint: String?
        /// The broker's alarm while it takes no messages.
        public var blockedReason: String?
        /// Why there is no connection.
        public var lastError: String?
        /// The code with which the broker closed the last connection: 320 is its orderly shutdown. Nil when that one broke.
        public var lastCloseCode: UInt16?
        /// Connections made so far, the first included.
        public var connectionCount: Int
        /// Channels that the last connection may have open at once; nil before the first.
        public var maximumChannels: Int?
        /// When the present connection came up.
        public var connectedSince: ContinuousClock.Instant?
    }

    private let configuration: AMQPConfiguration
    private let logger: Logger
    private let setup: @Sendable (AMQPConnection) async throws -> Void
    private let link: ConnectionLink
    private let metrics: ClientMetrics

    /// - Parameter setup: runs on each new connection before anyone else sees it; an error counts as a failed attempt.
    public init(
        configuration: AMQPConfiguration, logger: Logger, setup: @escaping @Sendable (AMQPConnection) async throws -> Void = { _ in }
    ) {
        var logger = logger
        logger[metadataKey: "amqp.connection"] = "\(configuration.connectionName)"
        self.configuration = configuration
        self.logger = logger
        self.setup = setup
        self.link = ConnectionLink()
        self.metrics = ClientMetrics(connectionName: configuration.connectionName)
    }

    public var status: Status { link.status }

    // MARK: Running

    public func run() async throws {
        await cancelWhenGracefulShutdown { await self.keepConnected() }
    }

    private func keepConnected() async {
        var failures = 0
        var attempt = 0
        var generator = SystemRandomNumberGenerator()
        while !Task.isCancelled {
            let endpoint = configuration.endpoints[attempt % configuration.endpoints.count]
            attempt += 1
            let start = ContinuousClock.now
            do {
                let connection = try await AMQPConnection.connect(to: endpoint, configuration: configuration, logger: logger)
                try await serve(connection)
                // A broker that takes connections only to drop them is met with the same patience as one that takes none.
                failures = start.duration(to: .now) > configuration.reconnect.maximum ? 0 : failures + 1
            } catch {
                if Task.isCancelled { break }
                failures += 1
                report(error, endpoint: endpoint, failures: failures)
            }
            if Task.isCancelled { break }
            let delay = configuration.reconnect.delay(after: failures, using: &generator)
            // Ends early only when the client is cancelled, and then the loop ends as well.
            try? await Task.sleep(for: delay)
        }
        link.stopped()
    }

    /// Makes the connection available until it ends. Throws when it never became usable.
    private func serve(_ connection: AMQPConnection) async throws {
        do {
            try await setup(connection)
            let publishing = try await connection.openChannel()
            link.connected(connection, publishing: publishing)
        } catch {
            await connection.close()
            throw error
        }
        metrics.connected(connection.endpoint)
        logger.info("Connected to the broker", metadata: ["amqp.endpoint": "\(connection.endpoint)"])
        let reason = await connection.waitUntilClosed()
        link.disconnected(reason)
        metrics.disconnected()
        if !Task.isCancelled {
            logger.warning(
                "Lost the connection to the broker; connecting again",
                metadata: ["amqp.endpoint": "\(connection.endpoint)", "amqp.error": "\(reason)"])
        }
    }

    private func report(_ error: any Error, endpoint: AMQPEndpoint, failures: Int) {
        let known = error as? AMQPError ?? AMQPError(.connectFailed, "\(error)", cause: error)
        link.attemptFailed(endpoint.redacted, known)
        metrics.attemptFailed()
        // The first of a row is news, and so is a row that lasts; the rest would fill the disk.
        let isNews = failures.nonzeroBitCount == 1
        logger.log(
            level: isNews ? .error : .debug, "Cannot connect to the broker; trying again",
            metadata: ["amqp.endpoint": "\(endpoint.redacted)", "amqp.error": "\(known)", "amqp.failures": "\(failures)"])
    }

    // MARK: Using

    /// Returns when there is a connection.
    /// - Throws: ``AMQPError`` with code `notConnected` after `timeout`, or `cancelled`.
    public func waitUntilConnected(within timeout: Duration) async throws(AMQPError) {
        _ = try await link.connection(within: timeout)
    }

    /// Publishes and returns when the broker has taken responsibility for the message.
    ///
    /// Waits for a connection, for an alarm to end and for the confirm, at most `publishTimeout` each.
    /// - Throws: what ``AMQPChannel/publish(_:)`` throws, and `notConnected`.
    public func publish(_ message: AMQPMessage) async throws(AMQPError) {
        let start = ContinuousClock.now
        do throws(AMQPError) {
            try await publish(message, until: start + configuration.publishTimeout)
            metrics.published(start.duration(to: .now))
        } catch {
            metrics.publishFailed(error)
            throw error
        }
    }

    /// Publishes without waiting: for news that may be lost. Without a connection the message is dropped at once; every loss is
    /// counted in `amqp.publish.failures`. The caller bounds how many of these are under way.
    public func send(_ message: AMQPMessage) {
        guard let channel = link.publishing else {
            return metrics.publishFailed(AMQPError(.notConnected, "no connection to the broker"))
        }
        channel.send(message) { [metrics] outcome in
            switch outcome {
            case .stored: return
            case .failed(let error), .notSent(let error): metrics.publishFailed(error)
            }
        }
    }

    /// Opens a channel on the present connection, or on the next one within `timeout`, runs `body` and closes the channel.
    @discardableResult
    public func withChannel<Result>(
        timeout: Duration = .seconds(30), _ body: (AMQPChannel) async throws -> Result
    ) async throws -> Result {
        try await link.connection(within: timeout).withChannel(body)
    }

    /// Consumes until graceful shutdown (then returns once all running handlers are done and settled), cancellation, or an error of
    /// this consumer. Connection losses are not errors: it starts again on the next connection, handlers of the last one go on, and
    /// their verdicts are dropped, since the broker has taken those messages back.
    /// - Parameter recover: called when the consumer is lost and the connection is not, say with its queue. When it returns, the
    ///   consumer starts again, on a new channel; handlers of the lost one go on meanwhile. What it throws ends the consumer once those
    ///   are done, and that is the default. Cancelled by a graceful shutdown.
    /// - Parameter started: called each time the broker has taken the consumer on.
    /// - Throws: ``AMQPError`` with code `channelClosed` (403, 404, 406), `consumerCancelled` or `cancelled`.
    public func consume(
        _ subscription: AMQPSubscription,
        recover: @escaping @Sendable (AMQPError) async throws(AMQPError) -> Void = { (error) throws(AMQPError) in throw error },
        started: @escaping @Sendable () -> Void = {}, handler: @escaping @Sendable (AMQPDelivery) async -> AMQPDisposition
    ) async throws(AMQPError) {
        try await SubscriptionRunner(link: link, subscription: subscription, started: started, recover: recover).run(handler)
    }

    /// Goes on to the next channel while the message has not left: nobody can have stored it.
    private func publish(_ message: AMQPMessage, until deadline: ContinuousClock.Instant) async throws(AMQPError) {
        while true {
            let reason: AMQPError
            do throws(AMQPError) {
                let channel = try await link.publishingChannel(within: ContinuousClock.now.duration(to: deadline))
                switch await channel.outcome(of: message) {
                case .stored: return
                case .failed(let error): throw error
                case .notSent(let error): reason = error
                }
            } catch  where error.code == .connectionLost || error.code == .connectionClosed {
                reason = error
            }
            guard ContinuousClock.now < deadline, !Task.isCancelled else { throw reason }
        }
    }
}
