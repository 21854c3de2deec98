package import MoltBotCore

/// What a relay writes into the registry. Each call returns when the broker has it.
package struct EndpointRegistrar: Sendable {
    /// Disables an endpoint, with the reason; one that is disabled or removed already stays so.
    package var disable: @Sendable (_ endpoint: WebhookEndpoint, _ reason: String) async throws -> Void
    /// Remembers since when an endpoint fails; nil: it works again.
    package var recordHealth: @Sendable (_ endpoint: WebhookEndpoint, _ failingSince: Timestamp?) async throws -> Void

    package init(
        disable: @escaping @Sendable (_ endpoint: WebhookEndpoint, _ reason: String) async throws -> Void,
        recordHealth: @escaping @Sendable (_ endpoint: WebhookEndpoint, _ failingSince: Timestamp?) async throws -> Void
    ) {
        self.disable = disable
        self.recordHealth = recordHealth
    }
}
