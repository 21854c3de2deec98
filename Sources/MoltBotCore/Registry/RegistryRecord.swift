/// One entry of the registry: what is configured, as an event that replaces the entry of the same kind and id before it.
package struct RegistryRecord: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        case webhookEndpoint = "webhook.endpoint"
        /// Since when an endpoint has failed without a success between.
        case webhookHealth = "webhook.health"
        case deployment
        case apiKey = "api_key"
    }

    package var kind: Kind
    package var id: String
    package var workspace: Workspace
    /// Nil: the entry was removed. Secrets in it are sealed.
    package var value: JSONValue?
    package var time: Timestamp

    package init(kind: Kind, id: String, workspace: Workspace, value: JSONValue?, time: Timestamp = .now()) {
        self.kind = kind
        self.id = id
        self.workspace = workspace
        self.value = value
        self.time = time
    }
}
