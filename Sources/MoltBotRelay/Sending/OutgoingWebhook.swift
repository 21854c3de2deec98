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
