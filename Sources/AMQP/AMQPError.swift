/// What went wrong between this client and the broker.
public struct AMQPError: Error, Sendable {
    /// The kind of failure. New kinds may be added: always handle `default`.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Value: String, Sendable {
            case invalidURL, invalidConfiguration, connectFailed, tls, authenticationRefused, virtualHostRefused, connectionRefused
            case protocolViolation, connectionLost, connectionClosed, channelClosed, consumerCancelled, notConnected
            case unroutable, nacked, outcomeUnknown, blocked, timeout, messageTooLarge, cancelled
        }

        private var value: Value
        private init(_ value: Value) { self.value = value }
        public var description: String { value.rawValue }

        public static let invalidURL = Code(.invalidURL)
        public static let invalidConfiguration = Code(.invalidConfiguration)
        /// No TCP connection: name not found, refused, or no answer in time.
        public static let connectFailed = Code(.connectFailed)
        public static let tls = Code(.tls)
        /// Wrong user or password, or no common mechanism.
        public static let authenticationRefused = Code(.authenticationRefused)
        public static let virtualHostRefused = Code(.virtualHostRefused)
        /// The broker ended the handshake for another reason (connection limit, shutting down).
        public static let connectionRefused = Code(.connectionRefused)
        public static let protocolViolation = Code(.protocolViolation)
        /// The connection broke, or the peer fell silent for two heartbeats.
        public static let connectionLost = Code(.connectionLost)
        /// Closed in an orderly way, by this side or by the broker (then with ``AMQPError/replyCode``).
        public static let connectionClosed = Code(.connectionClosed)
        /// The broker closed the channel: ``AMQPError/replyCode`` is 403, 404, 405, 406 or 311.
        public static let channelClosed = Code(.channelClosed)
        /// The broker ended the consumer: its queue was deleted or moved.
        public static let consumerCancelled = Code(.consumerCancelled)
        /// No connection came up within the caller's deadline.
        public static let notConnected = Code(.notConnected)
        /// No queue is bound for the message. It was not stored.
        public static let unroutable = Code(.unroutable)
        /// The broker refused to take responsibility (queue full, internal error). It was not stored.
        public static let nacked = Code(.nacked)
        /// The message left, and no answer came: it may or may not be stored. Publish it again with the same message id.
        public static let outcomeUnknown = Code(.outcomeUnknown)
        /// The broker has an alarm (memory, disk) and takes no messages; this one was never sent.
        public static let blocked = Code(.blocked)
        public static let timeout = Code(.timeout)
        public static let messageTooLarge = Code(.messageTooLarge)
        public static let cancelled = Code(.cancelled)
    }

    public var code: Code
    /// What happened and what to do, without secrets.
    public var message: String
    /// The broker's own code (AMQP 0-9-1, section 1.3), where it sent one.
    public var replyCode: UInt16?
    public var cause: (any Error)?

    public init(_ code: Code, _ message: String, replyCode: UInt16? = nil, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.replyCode = replyCode
        self.cause = cause
    }

    /// True when the same call may succeed later without a change of settings.
    public var isRetriable: Bool {
        switch code {
        case .connectFailed, .connectionLost, .connectionClosed, .connectionRefused, .notConnected, .nacked, .outcomeUnknown, .blocked,
            .timeout:
            true
        default: false
        }
    }
}

extension AMQPError: CustomStringConvertible {
    public var description: String {
        replyCode.map { "\(code): \(message) (\($0))" } ?? "\(code): \(message)"
    }
}
