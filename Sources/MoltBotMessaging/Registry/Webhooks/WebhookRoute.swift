package import MoltBotCore

/// What turning events into deliveries takes of an endpoint. None of it is sealed, so it needs no key.
package struct WebhookRoute: Sendable, Equatable {
    package let id: String
    package let workspace: Workspace
    package let eventTypes: [EventPattern]
    package let ordering: WebhookEndpoint.Ordering

    package init(to endpoint: WebhookEndpoint) {
        id = endpoint.id
        workspace = endpoint.workspace
        eventTypes = endpoint.eventTypes
        ordering = endpoint.ordering
    }

    /// - Throws: ``RegistryError`` of code `invalidEntry`.
    package init(_ record: RegistryRecord) throws(RegistryError) {
        let entry = WebhookEntry(record)
        id = record.id
        workspace = record.workspace
        eventTypes = try entry.eventTypes()
        ordering = try entry.ordering()
    }
}
