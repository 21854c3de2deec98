package import MoltBotCore

/// The hosts of callbacks that share one queue: what each may get now. Pure; the caller brings the time and the randomness.
///
/// The queue serves many hosts, so it is never stopped for one of them: what a host can't take now goes to the delay ladder, longer each
/// time, and leaves its place to the others.
package struct HostBook: Sendable {
    package typealias Instant = ContinuousClock.Instant

    package enum Admission: Sendable, Equatable {
        case send(isProbe: Bool)
        /// The host works, and all of its places are taken.
        case busy(Duration)
        /// The host wants a pause, or is broken.
        case later(Duration)
    }

    private struct Host {
        var inFlight = 0
        var breaker: CircuitBreaker
        var pausedUntil: Instant?
    }

    /// Beyond that, hosts with nothing in flight are forgotten.
    static let maximumHosts = 10_000
    private static let longestDeferral = Duration.seconds(64)

    private let limit: Int
    private let breaker: CircuitBreakerConfiguration
    private var hosts: [String: Host] = [:]

    /// - Parameter limit: requests to one host at once.
    package init(limit: Int, breaker: CircuitBreakerConfiguration) {
        self.limit = max(1, limit)
        self.breaker = breaker
    }

    /// - Parameter deferrals: how often the delivery was put off since its last attempt.
    package mutating func deliveryReceived(
        for name: String, deferrals: Int, at now: Instant, using generator: inout some RandomNumberGenerator
    ) -> Admission {
        forgetIdleHosts()
        var host = hosts[name] ?? Host(breaker: CircuitBreaker(breaker))
        defer { hosts[name] = host }
        let deferral = min(Duration.seconds(1 << min(deferrals, 6)), Self.longestDeferral)
        func wait(atLeast wait: Duration = .zero) -> Duration {
            max(wait, deferral) * Double.random(in: 1...1.2, using: &generator)
        }
        if let end = host.pausedUntil, end > now { return .later(wait(atLeast: now.duration(to: end))) }
        guard host.inFlight < limit else { return .busy(wait()) }
        switch host.breaker.admission(at: now) {
        case .attempt:
            host.inFlight += 1
            return .send(isProbe: false)
        case .probe:
            host.inFlight += 1
            host.breaker.probeStarted()
            return .send(isProbe: true)
        case .refused(let end):
            return .later(wait(atLeast: end.map { now.duration(to: $0) } ?? .zero))
        }
    }

    package mutating func deliverySucceeded(for name: String, isProbe: Bool, at now: Instant) {
        hosts[name]?.inFlight -= 1
        hosts[name]?.breaker.attemptSucceeded(isProbe: isProbe, at: now)
    }

    /// - Parameter retryAfter: what the receiver asked for: it holds for the whole host.
    package mutating func deliveryFailed(
        for name: String, isProbe: Bool, retryAfter: Duration?, at now: Instant, using generator: inout some RandomNumberGenerator
    ) {
        hosts[name]?.inFlight -= 1
        hosts[name]?.breaker.attemptFailed(isProbe: isProbe, at: now, using: &generator)
        guard let retryAfter, var host = hosts[name] else { return }
        // Answers to requests that ran side by side: the longest wait holds.
        host.pausedUntil = max(now + retryAfter, host.pausedUntil ?? now)
        hosts[name] = host
    }

    /// It was not sent after all.
    package mutating func deliveryAbandoned(for name: String, isProbe: Bool) {
        hosts[name]?.inFlight -= 1
        if isProbe { hosts[name]?.breaker.probeAbandoned() }
    }

    private mutating func forgetIdleHosts() {
        guard hosts.count >= Self.maximumHosts else { return }
        hosts = hosts.filter { $0.value.inFlight > 0 }
    }
}
