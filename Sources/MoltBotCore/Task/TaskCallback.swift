/// A webhook for one task, named in the task itself.
package struct TaskCallback: Sendable, Equatable {
    /// An absolute http or https URL.
    package var url: String
    /// Sent along with each request, for example an authorization the receiver expects.
    package var headers: [String: String]
    package var events: [TaskEventType]

    package init(url: String, headers: [String: String] = [:], events: [TaskEventType] = TaskEventType.terminal) {
        self.url = url
        self.headers = headers
        self.events = events
    }
}
