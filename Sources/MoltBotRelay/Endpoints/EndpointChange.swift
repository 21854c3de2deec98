package import MoltBotCore
package import MoltBotMessaging

/// What the registry says about endpoints, one entry after the other.
package enum EndpointChange: Sendable {
    /// New, or changed.
    case set(WebhookEndpoint)
    /// New, or changed, and its secrets can't be opened here: its events go to its queue and wait there.
    case locked(WebhookRoute)
    case removed(id: String)
    /// Since when an endpoint fails; nil: it works again.
    case health(id: String, failingSince: Timestamp?)
}
