internal import MoltBotCore

/// What is known of one key at one deployment: whether it is accepted, and how much its owner may still ask.
struct KeyHealth: Sendable {
    typealias Instant = ContinuousClock.Instant

    /// After a 429 that does not say how long to wait.
    static let assumedPause = Duration.seconds(1)

    var breaker: CircuitBreaker
    /// The key's own limits, what the provider says about them, and the pauses it asks for: all belong to a key.
    var limiter: CallLimiter
    /// What opened the breaker.
    var fault: ModelError?

    /// A key that was taken away and put back knows nothing of the calls before.
    let since: Instant

    init(_ configuration: CircuitBreakerConfiguration, limits: RateLimits, share: LimitShares, at now: Instant) {
        since = now
        breaker = CircuitBreaker(configuration)
        limiter = CallLimiter(limits, at: now)
        limiter.changeShare(to: share, at: now)
        isWatched = !limits.isUnlimited
    }

    /// Others than before; what is known of the key's health stays.
    mutating func change(to limits: RateLimits, share: LimitShares, at now: Instant) {
        limiter.change(to: limits, at: now)
        limiter.changeShare(to: share, at: now)
        isWatched = isWatched || !limits.isUnlimited
    }

    /// Until when it is out; nil when it is not. Nil as well while its probe is on its way: see ``isProbing(at:)``.
    func blockedUntil(at now: Instant) -> Instant? {
        if case .open(let end) = breaker.state(at: now) { return max(end, limiter.pausedUntil ?? end) }
        return limiter.pausedUntil.flatMap { $0 > now ? $0 : nil }
    }

    func isProbing(at now: Instant) -> Bool { breaker.state(at: now) == .halfOpen(isProbing: true) }

    func isUsable(at now: Instant) -> Bool { blockedUntil(at: now) == nil && !isProbing(at: now) }

    /// It has limits, or the provider tells what is left of them.
    private(set) var isWatched: Bool

    mutating func learn(from hints: RateLimitHints, at now: Instant) {
        isWatched = true
        limiter.learn(from: hints, at: now)
    }

    /// How long until it may be used for so many tokens, calls at once aside.
    func wait(tokens: Int, at now: Instant) -> Duration {
        guard isWatched else { return .zero }
        return limiter.hasShare ? limiter.wait(tokens: tokens, at: now) : LimitedCapacity.pauseWithoutShare
    }

    var hasFreePlace: Bool { limiter.hasFreePlace }

    /// - Parameter used: the tokens that the provider counted; nil when it did not say.
    mutating func callEnded(reserved: Int, used: Int?, at now: Instant) {
        limiter.callEnded(reserved: reserved, used: used, at: now)
    }

    mutating func callStarted(tokens: Int, at now: Instant) {
        if isWatched { _ = limiter.reserve(tokens: tokens, at: now) }
        limiter.callStarted(tokens: tokens)
    }
}
