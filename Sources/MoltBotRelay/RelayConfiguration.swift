package import MoltBotCore

/// What an operator decides about a relay.
package struct RelayConfiguration: Sendable {
    /// Requests that run at once in this relay.
    package var maximumInFlight = 2000
    /// Of these, what one endpoint may take, however much it asks for itself.
    package var maximumInFlightPerEndpoint = 200
    /// Callbacks of tasks: requests to one host at once.
    package var callbacksPerHost = 8
    /// Callbacks that one queue hands over at once; above ``callbacksPerHost``, so that a slow host leaves room for others.
    package var callbackPrefetch = 64
    /// For callbacks, which have no endpoint to say so.
    package var callbackTimeout = Duration.seconds(20)
    package var callbackSchedule = WebhookEndpoint.defaultSchedule
    package var breaker = CircuitBreakerConfiguration()
    /// An endpoint that has failed for so long, without a success between, is disabled.
    package var patience = Duration.seconds(5 * 86_400)
    /// How long running requests may go on after the relay was told to stop; their deliveries stay in the queue.
    package var gracePeriod = Duration.seconds(30)

    package init() {}
}
