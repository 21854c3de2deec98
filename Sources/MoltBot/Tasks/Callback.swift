extension MoltBot {
    /// A webhook for one task, named in the task itself. MoltBot's relay calls it.
    public struct Callback: Sendable, Hashable {
        /// An absolute http or https URL.
        public var url: String
        /// Sent along with each request, for example an authorization that the receiver expects.
        public var headers: [String: Secret]
        public var events: [EventType]

        public init(url: String, headers: [String: Secret] = [:], events: [EventType] = EventType.terminal) {
            self.url = url
            self.headers = headers
            self.events = events
        }
    }
}
