public import FoundationEssentials

extension MoltBot {
    /// Something that happened to a task of the workspace, whoever submitted it.
    public struct Event: Sendable, Hashable, Identifiable {
        /// The same when an event comes twice.
        public let id: String
        public let type: EventType
        public let time: Date
        public let outcome: Outcome

        public var taskID: String { outcome.taskID }
    }
}
