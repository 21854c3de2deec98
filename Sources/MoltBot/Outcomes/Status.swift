extension MoltBot {
    /// Where a task stands.
    public enum Status: String, Sendable, CaseIterable {
        case queued
        case running
        /// An attempt failed and another one is scheduled.
        case retrying
        case completed
        case failed
        case cancelled
        case expired

        /// Nothing follows: a task ends in exactly one of these.
        public var isTerminal: Bool {
            switch self {
            case .completed, .failed, .cancelled, .expired: true
            case .queued, .running, .retrying: false
            }
        }
    }
}
