/// Where a workspace's events are delivered, and how.
package struct WebhookEndpoint: Sendable, Equatable {
    package enum Ordering: String, Sendable, CaseIterable {
        /// Deliveries run side by side.
        case none
        /// A task's events arrive in their order; a failed one holds up its own task only.
        case fifo
    }

    package struct RateLimit: Sendable, Equatable {
        package var requests: Int
        package var period: Duration

        package init(requests: Int, period: Duration) {
            self.requests = requests
            self.period = period
        }
    }

    /// Retries after the first attempt: 8 attempts in about 27.5 hours, as Svix does it.
    package static let defaultSchedule: [Duration] = [5, 300, 1800, 7200, 18_000, 36_000, 36_000].map { .seconds($0) }

    /// One word of a routing key, and the end of the endpoint's queue name.
    package var id: String
    package var workspace: Workspace
    /// https, or http where the relay allows it.
    package var url: String
    /// Event types that are delivered; `*` stands for one word at its place and, at the end, for all that follow.
    package var eventTypes: [EventPattern]
    /// Sent along with each request; their values are secrets.
    package var headers: [String: SecretString] = [:]
    /// The current secret first, then those that are valid until their rotation ends.
    package var secrets: [WebhookSecret]
    /// The wait before each retry; its length is the number of retries.
    package var schedule: [Duration] = defaultSchedule
    /// Requests that run at once, 1 to 1,000.
    package var maxInFlight = 8
    package var rateLimit: RateLimit?
    /// For a whole request, 1 to 60 s.
    package var timeout = Duration.seconds(20)
    package var ordering = Ordering.none
    /// Why nothing is delivered now; nil while the endpoint is enabled.
    package var disabledReason: String?
    package var description: String?
    package var createdAt: Timestamp

    package var isEnabled: Bool { disabledReason == nil }

    package init(id: String, workspace: Workspace, url: String, eventTypes: [EventPattern], secrets: [WebhookSecret], createdAt: Timestamp)
    {
        self.id = id
        self.workspace = workspace
        self.url = url
        self.eventTypes = eventTypes
        self.secrets = secrets
        self.createdAt = createdAt
    }
}
