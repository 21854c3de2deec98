/// Something that happened to the delivery of another event, or to a webhook endpoint: a CloudEvents 1.0 event.
///
/// These events tell operators; they are never delivered to webhooks themselves.
package struct WebhookEvent: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        /// A receiver took an event.
        case delivered = "webhook.delivered"
        /// One request failed; the event tells when the next one is due.
        case attemptFailed = "webhook.attempt_failed"
        /// The last attempt failed, or the receiver wants no more of this event: it is a dead letter, or gone.
        case exhausted = "webhook.exhausted"
        /// No more is sent to an endpoint until somebody enables it again.
        case endpointDisabled = "webhook.endpoint_disabled"
    }

    package static let contentType = TaskEvent.contentType
    /// What the types of all these events begin with.
    package static let typePrefix = "webhook."
    /// The type of the event that `moltbot webhooks test` sends to one endpoint; nobody else ever sees one.
    package static let trialType = "webhook.test"
    /// Bytes of a receiver's answer that an event shows.
    package static let longestResponse = 1024

    package var id: String
    package var kind: Kind
    package var workspace: Workspace
    package var time: Timestamp
    /// Nil for a callback that a task named itself.
    package var endpointID: String?
    /// Without user info, query and fragment.
    package let url: String
    /// The event that was to be delivered: its id is the request's `webhook-id`.
    package var eventID: String?
    package var eventType: String?
    package var taskID: String?
    /// The number of the attempt, from 1.
    package var attempt: Int?
    /// The receiver's status code.
    package var status: Int?
    package var duration: Duration?
    /// The beginning of the receiver's answer.
    package var response: String?
    /// Why the attempt failed, or why the endpoint was disabled.
    package var error: String?
    package var nextAttemptAt: Timestamp?

    /// - Parameter url: what in it may be secret is left out.
    package init(_ kind: Kind, workspace: Workspace, url: String, id: String? = nil, at time: Timestamp = .now()) {
        self.id = id ?? UUIDText.version7(at: time)
        self.kind = kind
        self.workspace = workspace
        self.time = time
        self.url = Self.withoutSecrets(url)
    }

    /// Scheme, host, port and path: user info and queries hold credentials.
    package static func withoutSecrets(_ url: String) -> String {
        let bare = url.prefix { $0 != "?" && $0 != "#" }
        guard let colon = bare.firstIndex(of: ":"), bare[colon...].hasPrefix("://") else { return String(bare) }
        let authority = bare.index(colon, offsetBy: 3)
        let end = bare[authority...].firstIndex(of: "/") ?? bare.endIndex
        guard let at = bare[authority..<end].lastIndex(of: "@") else { return String(bare) }
        return String(bare[..<authority] + bare[bare.index(after: at)...])
    }
}
