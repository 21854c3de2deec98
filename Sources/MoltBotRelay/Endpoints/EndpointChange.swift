package import MoltBotCore

/// What the registry says about endpoints, one entry after the other.
package enum EndpointChange: Sendable {
    /// New, or changed.
    case set(WebhookEndpoint)
    case removed(id: String)
    /// Since when an endpoint fails; nil: it works again.
    case health(id: String, failingSince: Timestamp?)
}
