extension MoltBot {
    /// What happened to a task.
    public enum EventType: String, Sendable, CaseIterable {
        /// A call of a model has lasted for some time; short ones are not announced.
        case started = "task.started"
        /// An attempt failed and another one follows.
        case retrying = "task.retrying"
        case completed = "task.completed"
        case failed = "task.failed"
        case cancelled = "task.cancelled"
        case expired = "task.expired"

        /// Each task ends in exactly one of these.
        public static let terminal: [EventType] = [.completed, .failed, .cancelled, .expired]
        /// The ends without an answer.
        public static let errors: [EventType] = [.failed, .cancelled, .expired]
    }
}
