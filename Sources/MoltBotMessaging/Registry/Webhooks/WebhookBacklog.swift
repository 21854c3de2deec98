/// Deliveries that wait in an endpoint's queue, and why.
package struct WebhookBacklog: Sendable, Equatable {
    package enum Cause: Sendable, Equatable {
        /// They wait until somebody enables the endpoint.
        case disabled(reason: String)
        /// Nobody consumes the events.
        case noRelay
        /// A relay runs and takes nothing from this queue: the endpoint's breaker is open, or its receiver has asked for a pause. Until
        /// when, that relay alone knows.
        case heldBack
        /// It is taken from, and these come later.
        case behindOthers
    }

    /// Those that are being tried, or wait in the delay ladder for their next try, are not counted.
    package var count: Int
    package var cause: Cause
}
