/// Keeps requests away from something that is broken: a webhook endpoint, a model's deployment, one of its keys.
///
/// Closed, every attempt is admitted and counted. After too many failures it opens, and nothing is admitted. When the opening is over it is
/// half open: one attempt, the probe, finds out whether to close it again or to open it for longer. Pure; the caller brings the time and the
/// randomness.
///
///     switch breaker.admission(at: now) {
///     case .attempt: send(isProbe: false)
///     case .probe: breaker.probeStarted(); send(isProbe: true)
///     case .refused(let until): wait(until)
///     }
package struct CircuitBreaker: Sendable {
    package typealias Instant = ContinuousClock.Instant

    package enum State: Sendable, Equatable {
        case closed
        case open(until: Instant)
        case halfOpen(isProbing: Bool)
    }

    package enum Admission: Sendable, Equatable {
        case attempt
        /// Admitted as the one that finds out; tell with ``CircuitBreaker/probeStarted()`` that it is on its way.
        case probe
        /// Until when at least; nil while a probe is on its way, whose end decides.
        case refused(until: Instant?)
    }

    /// What an attempt's end changed for everybody else.
    package enum Change: Sendable, Equatable {
        case opened(until: Instant)
        case closed
    }

    package let configuration: CircuitBreakerConfiguration
    private var state = State.closed
    private var attempts: AttemptWindow
    private var failuresInARow = 0
    /// Openings since it was last closed: what the next one grows by.
    private var openings = 0

    package init(_ configuration: CircuitBreakerConfiguration = CircuitBreakerConfiguration()) {
        self.configuration = configuration
        attempts = AttemptWindow(configuration.window)
    }

    package func state(at now: Instant) -> State {
        if case .open(let end) = state, end <= now { .halfOpen(isProbing: false) } else { state }
    }

    package func admission(at now: Instant) -> Admission {
        switch state(at: now) {
        case .closed: .attempt
        case .open(let end): .refused(until: end)
        case .halfOpen(isProbing: false): .probe
        case .halfOpen(isProbing: true): .refused(until: nil)
        }
    }

    package func admits(at now: Instant) -> Bool {
        switch admission(at: now) {
        case .attempt, .probe: true
        case .refused: false
        }
    }

    /// The probe that was admitted is on its way: nothing else goes until it has ended or was abandoned.
    package mutating func probeStarted() {
        state = .halfOpen(isProbing: true)
    }

    /// The probe ended without telling anything, because it was cancelled, say. The next one may go at once.
    package mutating func probeAbandoned() {
        if state == .halfOpen(isProbing: true) { state = .halfOpen(isProbing: false) }
    }

    /// - Parameter isProbe: whether it was admitted as the probe. Others that end while the breaker is open began before it opened, and
    ///   say nothing new.
    @discardableResult
    package mutating func attemptSucceeded(isProbe: Bool = false, at now: Instant) -> Change? {
        if isProbe { return close() }
        guard state == .closed else { return nil }
        failuresInARow = 0
        attempts.add(isFailure: false, at: now)
        return nil
    }

    @discardableResult
    package mutating func attemptFailed(
        isProbe: Bool = false, at now: Instant, using generator: inout some RandomNumberGenerator
    ) -> Change? {
        if isProbe { return open(at: now, using: &generator) }
        guard state == .closed else { return nil }
        failuresInARow += 1
        attempts.add(isFailure: true, at: now)
        let isTripped = configuration.isTripped(failuresInARow: failuresInARow, of: attempts.counts(at: now))
        return isTripped ? open(at: now, using: &generator) : nil
    }

    /// A failure that leaves no doubt: what was asked for does not exist there. It opens at once.
    package mutating func attemptFailedForGood(
        isProbe: Bool = false, at now: Instant, using generator: inout some RandomNumberGenerator
    ) -> Change? {
        guard isProbe || state == .closed else { return nil }
        return open(at: now, using: &generator)
    }

    /// Another process has opened its breaker for the same thing: this one need not find out by failures of its own.
    package mutating func openedElsewhere(until end: Instant) {
        switch state {
        case .open(let known) where known >= end: break
        case .halfOpen(isProbing: true): break
        case .closed, .open, .halfOpen: state = .open(until: end)
        }
        openings = max(openings, 1)
    }

    /// Another process's probe came through, or a person says that all is well.
    @discardableResult
    package mutating func close() -> Change? {
        let wasClosed = state == .closed
        self = CircuitBreaker(configuration)
        return wasClosed ? nil : .closed
    }

    private mutating func open(at now: Instant, using generator: inout some RandomNumberGenerator) -> Change {
        let end = now + configuration.openTime(after: openings, using: &generator)
        openings += 1
        failuresInARow = 0
        attempts = AttemptWindow(configuration.window)
        state = .open(until: end)
        return .opened(until: end)
    }
}
