internal import MoltBotCore

/// What is known of one key at one deployment: whether it is accepted, and how much its owner may still ask.
struct KeyHealth: Sendable {
    typealias Instant = ContinuousClock.Instant

    /// After a 429 that does not say how long to wait.
    static let assumedPause = Duration.seconds(1)

    var breaker: CircuitBreaker
    /// What the provider says about limits, and the pauses it asks for: both belong to a key.
    var limiter: CallLimiter
    /// What opened the breaker.
    var fault: ModelError?

    init(_ configuration: CircuitBreakerConfiguration, at now: Instant) {
        breaker = CircuitBreaker(configuration)
        limiter = CallLimiter(RateLimits(), at: now)
    }

    /// Until when it is out; nil when it is not. Nil as well while its probe is on its way: see ``isProbing(at:)``.
    func blockedUntil(at now: Instant) -> Instant? {
        if case .open(let end) = breaker.state(at: now) { return max(end, limiter.pausedUntil ?? end) }
        return limiter.pausedUntil.flatMap { $0 > now ? $0 : nil }
    }

    func isProbing(at now: Instant) -> Bool { breaker.state(at: now) == .halfOpen(isProbing: true) }

    func isUsable(at now: Instant) -> Bool { blockedUntil(at: now) == nil && !isProbing(at: now) }
}
