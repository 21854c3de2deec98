package import MoltBotCore

/// Says that a delivery of an endpoint with FIFO ordering is in the delay ladder, so that those behind it wait whichever relay has them next.
package struct OrderMark: Sendable, Equatable {
    /// The delivery: the `webhook-id`.
    package var id: String
    /// The task whose deliveries keep their order.
    package var task: String
    /// When it comes back from the ladder; nil: it has reached its receiver, or was given up.
    package var until: Timestamp?

    package init(id: String, task: String, until: Timestamp?) {
        self.id = id
        self.task = task
        self.until = until
    }
}
