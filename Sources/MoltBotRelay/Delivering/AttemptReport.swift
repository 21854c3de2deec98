package import MoltBotCore
package import MoltBotMessaging

/// Sends one request and says what came of it; never takes longer than the receiver's timeout.
package typealias SendAttempt = @Sendable (WebhookDelivery, Receiver) async -> AttemptReport

/// Where one request goes.
package struct Receiver: Sendable {
    /// What limits are kept by: the endpoint's id, or a callback's host.
    package var party: String
    package var endpointID: String?
    /// Without secrets for callbacks: their requests are not signed.
    package var target: WebhookTarget
    package var schedule: DeliverySchedule
}

/// What one request came to.
package struct AttemptReport: Sendable {
    package var verdict: DeliveryVerdict
    package var startedAt: Timestamp
    package var duration: Duration
    package var status: Int?
    /// The beginning of the answer, as text.
    package var response: String?
    /// For a person; without secrets. Nil when delivered.
    package var error: String?
    /// The relay itself does not send such a request; its receiver never saw it.
    package var isRefused: Bool

    package init(
        _ verdict: DeliveryVerdict, startedAt: Timestamp, duration: Duration, status: Int? = nil, response: String? = nil,
        error: String? = nil, isRefused: Bool = false
    ) {
        self.verdict = verdict
        self.startedAt = startedAt
        self.duration = duration
        self.status = status
        self.response = response
        self.error = error
        self.isRefused = isRefused
    }

    func attempt(number: Int) -> WebhookAttempt {
        WebhookAttempt(number: number, startedAt: startedAt, duration: duration, status: status, error: error)
    }
}

extension Receiver {
    init(_ endpoint: WebhookEndpoint) {
        self.init(
            party: endpoint.id, endpointID: endpoint.id,
            target: WebhookTarget(
                url: endpoint.url, headers: endpoint.headers, secrets: endpoint.secrets, timeout: endpoint.timeout),
            schedule: DeliverySchedule(endpoint.schedule))
    }

    init(_ callback: WebhookCallback, configuration: RelayConfiguration) {
        self.init(
            party: callback.host, endpointID: nil,
            target: WebhookTarget(
                url: callback.url, headers: callback.headers, secrets: [], timeout: configuration.callbackTimeout),
            schedule: DeliverySchedule(configuration.callbackSchedule))
    }
}
