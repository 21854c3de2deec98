/// What a key may be used for.
package enum Scope: String, Sendable, CaseIterable {
    /// Send tasks and cancel them.
    case submit
    /// See tasks, events, batches and the state of the service.
    case read
    /// Both, and change webhooks and models.
    case admin
}
