package import MoltBotCore

/// Whether, and how much, one endpoint's queue is consumed. Pure; the caller brings the time and the randomness.
///
/// What is not consumed waits in the queue, so every answer but `all` costs nothing but time.
package struct EndpointState: Sendable {
    package typealias Instant = ContinuousClock.Instant

    package enum Phase: String, Sendable, CaseIterable {
        case active
        /// The receiver, or its rate limit, asked for a while without requests.
        case paused
        /// Too many failures: nothing is sent.
        case open
        /// One request finds out whether the receiver is back.
        case halfOpen = "half_open"
        case disabled
    }

    package enum Consumption: Sendable, Equatable {
        /// - Parameter limit: deliveries at once.
        case all(limit: Int)
        /// One delivery, which finds out.
        case probe
        /// - Parameter until: when to look again; nil: until something else happens.
        case none(until: Instant?)
    }

    package enum Start: Sendable, Equatable {
        case attempt
        case probe
        /// It came after the consumption had ended, and stays in the queue.
        case refused
    }

    /// What has to be remembered beyond this process.
    package enum Action: Sendable, Equatable {
        case nothing
        /// The endpoint has failed since then; told once the failure has lasted for ``memorable``.
        case recordFailing(since: Timestamp)
        case recordRecovery
        case disable(reason: String)
    }

    /// Shorter failures are not recorded: the registry is kept for ever, and a restart of the relay may forget an hour of five days.
    static let memorable = Duration.seconds(3600)

    private let patience: Duration
    private var isEnabled: Bool
    /// Requests at once.
    private(set) var limit: Int
    private var breaker: CircuitBreaker
    private var pausedUntil: Instant?
    /// The first failure after the latest success.
    private var failingSince: Timestamp?
    private var isFailureRecorded = false

    package init(_ endpoint: WebhookEndpoint, configuration: RelayConfiguration) {
        patience = configuration.patience
        breaker = CircuitBreaker(configuration.breaker)
        isEnabled = endpoint.isEnabled
        limit = min(max(1, endpoint.maxInFlight), configuration.maximumInFlightPerEndpoint)
    }

    package func phase(at now: Instant) -> Phase {
        guard isEnabled else { return .disabled }
        if let pausedUntil, pausedUntil > now { return .paused }
        return switch breaker.state(at: now) {
        case .closed: .active
        case .open: .open
        case .halfOpen: .halfOpen
        }
    }

    package func consumption(at now: Instant) -> Consumption {
        guard isEnabled else { return .none(until: nil) }
        if let pausedUntil, pausedUntil > now { return .none(until: pausedUntil) }
        return switch breaker.state(at: now) {
        case .closed: .all(limit: limit)
        case .open(let end): .none(until: end)
        case .halfOpen: .probe
        }
    }

    // MARK: What happens

    /// The endpoint's entry in the registry is new, or has changed.
    package mutating func configured(_ endpoint: WebhookEndpoint, maximumInFlight: Int) {
        limit = min(max(1, endpoint.maxInFlight), maximumInFlight)
        if endpoint.isEnabled, !isEnabled {
            // Somebody says that all is well: no memory of what was.
            breaker.close()
            (pausedUntil, failingSince) = (nil, nil)
        }
        isEnabled = endpoint.isEnabled
    }

    /// Some relay has recorded since when the endpoint fails; nil: it works.
    package mutating func healthRecorded(failingSince since: Timestamp?) {
        isFailureRecorded = since != nil
        if let since { failingSince = failingSince.map { min($0, since) } ?? since } else { failingSince = nil }
    }

    package mutating func deliveryReceived(at now: Instant) -> Start {
        guard isEnabled, pausedUntil.map({ $0 <= now }) ?? true else { return .refused }
        switch breaker.admission(at: now) {
        case .attempt: return .attempt
        case .probe:
            breaker.probeStarted()
            return .probe
        case .refused: return .refused
        }
    }

    /// A delivery that had started was not sent after all.
    package mutating func deliveryAbandoned(_ start: Start) {
        if start == .probe { breaker.probeAbandoned() }
    }

    package mutating func deliverySucceeded(_ start: Start, at now: Instant) -> Action {
        breaker.attemptSucceeded(isProbe: start == .probe, at: now)
        failingSince = nil
        guard isFailureRecorded else { return .nothing }
        isFailureRecorded = false
        return .recordRecovery
    }

    /// - Parameters:
    ///   - retryAfter: what the receiver asked for: it holds for the whole endpoint.
    ///   - time: the same moment on the wall's clock.
    package mutating func deliveryFailed(
        _ start: Start, retryAfter: Duration?, at now: Instant, time: Timestamp, using generator: inout some RandomNumberGenerator
    ) -> Action {
        breaker.attemptFailed(isProbe: start == .probe, at: now, using: &generator)
        if let retryAfter { pause(until: now + retryAfter) }
        let since = failingSince ?? time
        failingSince = since
        guard isEnabled else { return .nothing }
        if time - since >= patience {
            isEnabled = false
            return .disable(reason: "it has failed since \(since) without a success")
        }
        guard !isFailureRecorded, time - since >= Self.memorable else { return .nothing }
        isFailureRecorded = true
        return .recordFailing(since: since)
    }

    /// The receiver said that it wants nothing more.
    package mutating func receiverRefused(_ start: Start, reason: String) -> Action {
        deliveryAbandoned(start)
        guard isEnabled else { return .nothing }
        isEnabled = false
        return .disable(reason: reason)
    }

    /// What an action asked for could not be remembered: the next delivery is to find out the same, and to ask for it again.
    /// - Parameter endpoint: as the registry has it by now.
    package mutating func notRecorded(_ action: Action, of endpoint: WebhookEndpoint) {
        switch action {
        case .nothing: break
        case .recordFailing: isFailureRecorded = false
        case .recordRecovery: isFailureRecorded = true
        case .disable: isEnabled = endpoint.isEnabled
        }
    }

    /// Nothing is sent before `end`.
    package mutating func pause(until end: Instant) {
        pausedUntil = max(end, pausedUntil ?? end)
    }
}
