/// Why a call of the library did not do what was asked.
public struct MoltBotError: Error, Sendable {
    /// The kind of failure. New kinds may be added: always handle `default`.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Value: String {
            case invalidConfiguration, notConnected, accessRefused, invalidRequest, unknownWorkspace, refused, timeout, taskFailed, closed
            case cancelled, registry
        }

        private let value: Value

        /// The broker's URL or an option is wrong.
        public static let invalidConfiguration = Code(value: .invalidConfiguration)
        /// The broker can't be reached.
        public static let notConnected = Code(value: .notConnected)
        /// The broker refuses this user.
        public static let accessRefused = Code(value: .accessRefused)
        /// The task, model or webhook breaks a rule; the message names each field.
        public static let invalidRequest = Code(value: .invalidRequest)
        /// The workspace has no task queue, or the broker has no topology.
        public static let unknownWorkspace = Code(value: .unknownWorkspace)
        /// The broker does not take the message: it is too large, for example.
        public static let refused = Code(value: .refused)
        /// The caller's time was over first. Tasks go on.
        public static let timeout = Code(value: .timeout)
        /// The task ended without an answer.
        public static let taskFailed = Code(value: .taskFailed)
        /// The client was closed.
        public static let closed = Code(value: .closed)
        /// The caller was cancelled. Tasks go on.
        public static let cancelled = Code(value: .cancelled)
        /// The registry of models and webhooks can't be read or written.
        public static let registry = Code(value: .registry)

        public var description: String { value.rawValue }
    }

    public let code: Code
    /// What happened and what to do, without secrets.
    public let message: String
    public let cause: (any Error)?
    /// True when the same call may succeed later without a change.
    public let isRetriable: Bool

    init(_ code: Code, _ message: String, cause: (any Error)? = nil, isRetriable: Bool = false) {
        self.code = code
        self.message = message
        self.cause = cause
        self.isRetriable = isRetriable
    }
}

extension MoltBotError: CustomStringConvertible {
    public var description: String { "\(code): \(message)" }
}
