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

    /// What goes on of the headers that a message came with.
    enum Inheritance {
        case all
        /// Those that MoltBot has a use for, where they are of their proper size.
        case needed
    }

    private static let neededHeaders: Set<String> = [
        WireHeaders.redrives, WireHeaders.batch, WireHeaders.fingerprint, "traceparent", "tracestate",
    ]
    /// Bytes of a text among them: what W3C Trace Context asks for `tracestate` is the most.
    private static let longestNeededHeader = 512
    /// Bytes of the attempts so far, when there is little room: a sender can write that header as well.
    private static let longestHistory = 16_384

    /// Headers that are the broker's. A message that keeps `x-death` and expires twice in the same queue is dropped as a cycle; `CC` and
    /// `BCC` would send it to further queues, with this program's rights.
    static let brokerHeaders: Set<String> = [
        "x-death", "x-first-death-exchange", "x-first-death-queue", "x-first-death-reason", "x-last-death-exchange", "x-last-death-queue",
        "x-last-death-reason", "x-delivery-count", "x-stream-offset", "CC", "BCC",
    ]

    /// The task's message for another passage: same id, body, priority and addresses, with its history in the headers.
    func properties(_ progress: Progress, inheriting inheritance: Inheritance = .all) -> AMQPProperties {
        var properties = delivery.properties
        var headers = inherited(inheritance)
        headers[WireHeaders.attempt] = .int64(Int64(progress.attempt))
        headers[WireHeaders.deliveries] = .int64(Int64(progress.deliveries))
        headers[WireHeaders.firstReceived] = .string(firstReceivedAt.rfc3339)
        headers[WireHeaders.created] = .string(createdAt.rfc3339)
        headers[WireHeaders.unsettled] = progress.isUnsettled ? .bool(true) : nil
        headers[WireHeaders.attempts] = history(progress.attempts, inheritance)
        headers[WireHeaders.slot] = progress.slot.map { .string($0.text) }
        properties.headers = headers
        properties.messageID = id.rawValue
        properties.deliveryMode = .persistent
        properties.expiration = nil
        // Set by the sender to its own name; the broker refuses it from this connection.
        properties.userID = nil
        return properties
    }

    private func inherited(_ inheritance: Inheritance) -> AMQPTable {
        let headers = delivery.properties.headers ?? [:]
        guard inheritance == .needed else { return headers.filter { !Self.brokerHeaders.contains($0.key) } }
        var needed = headers.filter { Self.neededHeaders.contains($0.key) && $0.value.isShort(Self.longestNeededHeader) }
        needed[WireHeaders.shortened] = true
        return needed
    }

    private func history(_ attempts: [TaskAttempt], _ inheritance: Inheritance) -> AMQPValue? {
        guard !attempts.isEmpty else { return nil }
        let history = AMQPValue.string(TaskAttempt.encodeHistory(attempts))
        return inheritance == .all || history.isShort(Self.longestHistory) ? history : nil
    }
}

extension AMQPValue {
    /// True for a number, and for a text of so many bytes.
    fileprivate func isShort(_ limit: Int) -> Bool { stringValue.map { $0.utf8.count <= limit } ?? (integerValue != nil) }
}
