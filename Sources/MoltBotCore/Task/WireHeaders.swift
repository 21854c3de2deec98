/// Names of the AMQP headers that MoltBot puts on its messages.
package enum WireHeaders {
    /// The number of the attempt that comes next, counted from 1; absent on a first one.
    package static let attempt = "x-moltbot-attempt"
    /// Attempts made so far, as JSON (``TaskAttempt/encodeHistory(_:)``).
    package static let attempts = "x-moltbot-attempts"
    /// When a worker first saw the task, RFC 3339.
    package static let firstReceived = "x-moltbot-first-received"
    /// When the sender made the task, RFC 3339 with milliseconds; AMQP timestamps have whole seconds.
    package static let created = "x-moltbot-created-at"
    /// How often the task was delivered without an outcome.
    package static let deliveries = "x-moltbot-deliveries"
    /// Present when an earlier delivery of the task may still get an outcome.
    package static let unsettled = "x-moltbot-unsettled"
    /// When and where a task that waits for a limited deployment may call it (``TimeSlot``).
    package static let slot = "x-moltbot-slot"
    /// Why a message is a dead letter, for a person.
    package static let deadReason = "x-moltbot-dead-reason"
    /// Where a dead letter came from, and where a retry publishes it.
    package static let deadExchange = "x-moltbot-dead-exchange"
    package static let deadRoutingKey = "x-moltbot-dead-routing-key"
    /// When the message became a dead letter, RFC 3339.
    package static let diedAt = "x-moltbot-died-at"
    /// How often a person has put the task back after it had ended (`moltbot dead retry`).
    package static let redrives = "x-moltbot-redrives"
    /// Present when headers of the sender's were left out: with those of MoltBot they did not fit a frame.
    package static let shortened = "x-moltbot-shortened"
    /// The workspace of a message whose routing key no longer tells, such as a dead letter.
    package static let workspace = "x-moltbot-workspace"
    /// On an event: the callbacks that its task names for it, as JSON (``TaskCallback/encode(_:)``). The sender's own data; nobody
    /// but the webhook relay has a use for it.
    package static let callbacks = "x-moltbot-callbacks"
    /// On a webhook delivery: the endpoint's id; absent for a callback.
    package static let endpoint = "x-moltbot-endpoint"
    /// On a webhook delivery: `source`, `time` (RFC 3339) and workspace of its event.
    package static let eventSource = "x-moltbot-event-source"
    package static let eventWorkspace = "x-moltbot-event-workspace"
    package static let eventTime = "x-moltbot-event-time"
    /// On a webhook delivery: how often it was put off without an attempt, because its receiver had enough to do.
    package static let deferrals = "x-moltbot-deferrals"
    /// The batch that a task belongs to: 1 to 128 visible ASCII characters. The ledger counts a batch's tasks by it.
    package static let batch = "x-moltbot-batch"
    /// Set by API nodes on tasks with an idempotency key: tells the payload from another one with that key. At most 128 bytes.
    package static let fingerprint = "x-moltbot-fingerprint"
}
