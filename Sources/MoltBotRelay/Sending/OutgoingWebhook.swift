package import MoltBotCore
package import NIOCore

/// An event in the form receivers get it.
package struct OutgoingWebhook: Sendable {
    /// The `webhook-id`: the same for every attempt. Without a dot.
    package var id: String
    package var type: String
    /// The event's `source` (CloudEvents).
    package var source: String
    package var time: Timestamp
    /// Exactly the bytes to send.
    package var body: ByteBuffer
    /// The trace of the task's sender (W3C Trace Context), sent along.
    package var traceparent: String?

    package init(id: String, type: String, source: String, time: Timestamp, body: ByteBuffer, traceparent: String? = nil) {
        self.id = id
        self.type = type
        self.source = source
        self.time = time
        self.body = body
        self.traceparent = traceparent
    }
}

/// Where an event is sent to, and what the receiver expects along with it.
package struct WebhookTarget: Sendable {
    package var url: String
    /// The owner's own headers. Those that the relay sets itself are left out.
    package var headers: [String: SecretString]
    /// None: the request is not signed.
    package var secrets: [WebhookSecret]
    /// For the whole request.
    package var timeout: Duration

    package init(url: String, headers: [String: SecretString] = [:], secrets: [WebhookSecret], timeout: Duration = .seconds(20)) {
        self.url = url
        self.headers = headers
        self.secrets = secrets
        self.timeout = timeout
    }
}
