package import MoltBotCore
package import NIOCore

/// One event on its way to one receiver: what is sent, where to, and what has happened so far.
package struct WebhookDelivery: Sendable {
    package enum Target: Sendable {
        /// The endpoint's id; where it is and how to send to it, the registry knows.
        case endpoint(String)
        /// Named by the task itself, for its own events.
        case callback(WebhookCallback)
    }

    /// The `webhook-id`: the event's id, the same over all attempts and duplicates, without a dot.
    package let id: String
    package let eventType: String
    /// The event's `source` (CloudEvents).
    package let source: String
    package let time: Timestamp
    package let workspace: Workspace
    package let taskID: String?
    package let target: Target
    /// Exactly the bytes to send.
    package let body: ByteBuffer
    /// The trace of the task's sender (W3C Trace Context), sent along.
    package let traceparent: String?

    /// The latest attempts, at most ``WebhookAttempt/historyLimit``.
    package var attempts: [WebhookAttempt] = []
    /// All attempts made so far.
    package var attemptCount = 0
    /// When the first attempt began, or a broken host first put it off.
    package var firstAttemptAt: Timestamp?
    /// How often it was put off without an attempt since the last one.
    package var deferrals = 0

    package init(_ event: RelayEvent, to target: Target) {
        id = event.id
        eventType = event.type
        source = event.source
        time = event.time
        workspace = event.workspace
        taskID = event.taskID
        body = event.body
        traceparent = event.traceparent
        self.target = target
    }

    init(
        id: String, eventType: String, source: String, time: Timestamp, workspace: Workspace, taskID: String?, target: Target,
        body: ByteBuffer, traceparent: String?
    ) {
        self.id = id
        self.eventType = eventType
        self.source = source
        self.time = time
        self.workspace = workspace
        self.taskID = taskID
        self.target = target
        self.body = body
        self.traceparent = traceparent
    }

    /// Where it waits.
    package var queue: DeliveryQueue {
        switch target {
        case .endpoint(let id): .endpoint(id)
        case .callback(let callback): .adhoc(forHost: callback.host)
        }
    }

    /// Notes an attempt down.
    package mutating func attempted(_ attempt: WebhookAttempt) {
        attempts = Array((attempts + [attempt]).suffix(WebhookAttempt.historyLimit))
        attemptCount = attempt.number
        firstAttemptAt = firstAttemptAt ?? attempt.startedAt
        deferrals = 0
    }

    /// Forgets the attempts: the schedule is all there again.
    mutating func beginAnew() {
        attempts = []
        attemptCount = 0
        firstAttemptAt = nil
        deferrals = 0
    }
}

/// Where a task wants its own events. URL and headers are the sender's data: nothing but the request shows them.
package struct WebhookCallback: Sendable {
    package var url: String
    package var headers: [String: SecretString]

    package init(_ callback: TaskCallback) {
        url = callback.url
        headers = callback.headers.mapValues { SecretString($0) }
    }

    /// Host and port as written, in lower case: callbacks to one host share its limits.
    package var host: String {
        guard let colon = url.firstIndex(of: ":"), url[colon...].hasPrefix("://") else { return "" }
        let authority = url[url.index(colon, offsetBy: 3)...].prefix { !"/?#".contains($0) }
        return authority[(authority.lastIndex(of: "@").map(authority.index(after:)) ?? authority.startIndex)...].lowercased()
    }
}
