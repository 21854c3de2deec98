public import FoundationEssentials

extension MoltBot {
    /// A task that the broker has stored: it will end, also when this program does not live to see it.
    public struct SubmittedTask: Sendable, Hashable, Identifiable, CustomStringConvertible {
        public let id: String
        public let submittedAt: Date
        /// The client that its outcome is sent to; nil for somebody else's task.
        let replyQueue: String?

        /// A task that another program submitted, or this one in an earlier run.
        /// - Parameter submittedAt: when at the earliest; a ledger that has to be searched for the outcome is searched from there.
        public init(id: String, submittedAt: Date = Date(timeIntervalSinceNow: -86_400)) {
            self.init(id: id, submittedAt: submittedAt, replyQueue: nil)
        }

        init(id: String, submittedAt: Date, replyQueue: String?) {
            self.id = id
            self.submittedAt = submittedAt
            self.replyQueue = replyQueue
        }

        public var description: String { id }
    }
}
