public import Logging

extension MoltBot {
    /// What a program decides about its client.
    public struct Options: Sendable {
        /// How long ``MoltBot/connect(to:workspace:options:)`` tries.
        public var connectTimeout = Duration.seconds(10)
        /// Events that a reader may be behind before it misses some.
        public var eventBuffer = 1000
        /// Bytes of outcomes of one's own tasks that are kept until they are asked for; older ones are asked from the ledger.
        public var outcomeBuffer = 64 << 20
        /// The key that seals secrets of models and webhooks, as in `MOLTBOT_MASTER_KEY`; needed by those who register some.
        public var masterKey: Secret?
        /// A file with that key; made with a new one when the first secret is sealed.
        public var masterKeyFile: String?
        /// Whether webhooks may be registered with http URLs; the relay has to allow them as well (`relay.allow_http`).
        public var allowsHTTPWebhooks = false
        /// Networks that webhooks may go to although they are private ones, such as `10.0.0.0/8`; as in `relay.allowed_networks`.
        public var allowedWebhookNetworks: [String] = []
        /// Warnings and errors go to the process's log unless you say otherwise.
        public var logger: Logger

        public init() {
            logger = Logger(label: "moltbot")
            logger.logLevel = .warning
        }
    }
}
