internal import AMQP
internal import MoltBotCore

extension TaskEnvelope {
    /// What changes when a task goes back to a queue.
    struct Progress {
        var attempt: Int
        var attempts: [TaskAttempt]
        var deliveries: Int
        var isUnsettled: Bool
        var slot: TimeSlot?
    }

    /// Headers that the broker wrote. A message that keeps `x-death` and expires twice in the same queue is dropped as a cycle.
    static let brokerHeaders: Set<String> = [
        "x-death", "x-first-death-exchange", "x-first-death-queue", "x-first-death-reason", "x-last-death-exchange", "x-last-death-queue",
        "x-last-death-reason", "x-delivery-count", "x-stream-offset",
    ]

    /// The task's message for another passage: same id, body, priority and addresses, with its history in the headers.
    func properties(_ progress: Progress) -> AMQPProperties {
        var properties = delivery.properties
        var headers = (properties.headers ?? [:]).filter { !Self.brokerHeaders.contains($0.key) }
        headers[WireHeaders.attempt] = .int64(Int64(progress.attempt))
        headers[WireHeaders.deliveries] = .int64(Int64(progress.deliveries))
        headers[WireHeaders.firstReceived] = .string(firstReceivedAt.rfc3339)
        headers[WireHeaders.created] = .string(createdAt.rfc3339)
        headers[WireHeaders.unsettled] = progress.isUnsettled ? .bool(true) : nil
        headers[WireHeaders.attempts] = progress.attempts.isEmpty ? nil : .string(TaskAttempt.encodeHistory(progress.attempts))
        headers[WireHeaders.slot] = progress.slot.map { .string($0.text) }
        properties.headers = headers
        properties.messageID = id.rawValue
        properties.deliveryMode = .persistent
        properties.expiration = nil
        // Set by the sender to its own name; the broker refuses it from this connection.
        properties.userID = nil
        return properties
    }
}
