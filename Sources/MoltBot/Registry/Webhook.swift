extension MoltBot {
    /// Where the relay delivers the workspace's events.
    public struct Webhook: Sendable, Hashable, Identifiable {
        public let id: String
        public let url: String
        /// Event types such as `task.completed`; `*` stands for one word and, at the end, for all that follow.
        public let events: [String]
        /// What the receiver verifies requests with (Standard Webhooks), `whsec_...`. Shown this once.
        public let secret: Secret
    }
}
