/// Keeps the calls of one deployment or credential within its limits: what a call will probably use is reserved before, and corrected by
/// what it has used.
///
/// Whoever comes too early gets a time slot of its own, so that a backlog waits once and in order instead of asking again and again. Pure; the
/// caller brings the time.
package struct CallLimiter: Sendable {
    package typealias Instant = ContinuousClock.Instant

    private static let period = Duration.seconds(60)
    /// The part of a minute's limit that passes at once.
    private static let burstPart = 60

    package private(set) var limits: RateLimits
    private var share = LimitShares(.whole)
    private var requests: TokenBucket?
    private var tokens: TokenBucket?
    private var learnedRequests = LearnedWindow()
    private var learnedTokens = LearnedWindow()
    /// The provider wants no calls before.
    package private(set) var pausedUntil: Instant?
    package private(set) var callsInFlight = 0
    private var tokensInFlight = 0

    package init(_ limits: RateLimits, at now: Instant) {
        self.limits = limits
        rebuild(at: now)
    }

    /// Calls that this worker may have on their way at once; nil for any number.
    package var places: Int? { limits.concurrency.map(share.concurrency.part) }
    package var hasFreePlace: Bool { places.map { callsInFlight < $0 } ?? true }

    /// Whether this worker may call at all: of a small limit, some of many workers have no part.
    package var hasShare: Bool {
        [limits.requestsPerMinute.map(share.requests.part), limits.tokensPerMinute.map(share.tokens.part), places].allSatisfy { $0 != 0 }
    }

    /// Between two calls at the steady rate of requests.
    package var interval: Duration { requests.map { Self.period / $0.rate } ?? .zero }

    /// How long a call would have to wait, concurrency aside.
    package func wait(tokens amount: Int, at now: Instant) -> Duration {
        let waits = [
            requests?.wait(for: 1, at: now), tokens?.wait(for: amount, at: now), learnedRequests.wait(for: 1, at: now),
            learnedTokens.wait(for: amount, at: now), pausedUntil.map { $0 - now },
        ]
        return waits.reduce(.zero) { max($0, $1 ?? .zero) }
    }

    /// Takes a call's place in time in any case.
    /// - Returns: how long to wait for it.
    package mutating func reserve(tokens amount: Int, at now: Instant) -> Duration {
        let wait = wait(tokens: amount, at: now)
        _ = requests?.reserve(1, at: now)
        _ = tokens?.reserve(amount, at: now)
        learnedRequests.take(1, at: now)
        learnedTokens.take(amount, at: now)
        return wait
    }

    package mutating func callStarted(tokens amount: Int) {
        callsInFlight += 1
        tokensInFlight += amount
    }

    /// - Parameters:
    ///   - reserved: the estimate that was reserved.
    ///   - used: what the provider counted; nil when it did not say, and the estimate stands.
    package mutating func callEnded(reserved: Int, used: Int?, at now: Instant) {
        callsInFlight -= 1
        tokensInFlight -= reserved
        if let used { tokens?.correct(by: used - reserved, at: now) }
    }

    /// Corrects what was reserved for a call that somebody else counts as begun and ended.
    package mutating func settle(reserved: Int, used: Int, at now: Instant) {
        tokens?.correct(by: used - reserved, at: now)
    }

    /// The provider wants no calls before that moment.
    package mutating func pause(until end: Instant) {
        pausedUntil = max(pausedUntil ?? end, end)
    }

    /// What the provider said about limits that nobody has configured. Calls on their way may not be in its count yet.
    package mutating func learn(from hints: RateLimitHints, at now: Instant) {
        if limits.requestsPerMinute == nil { learnedRequests.update(hints.requests, inFlight: callsInFlight, at: now) }
        if limits.tokensPerMinute == nil { learnedTokens.update(hints.tokens, inFlight: tokensInFlight, at: now) }
        if let wait = hints.waitForExhausted { pause(until: now + wait) }
    }

    /// An operator has changed the limits. Calls on their way stay counted.
    package mutating func change(to new: RateLimits, at now: Instant) {
        guard new != limits else { return }
        limits = new
        rebuild(at: now)
    }

    /// The number of live workers has changed. What is reserved stays reserved.
    package mutating func changeShare(to new: LimitShares, at now: Instant) {
        guard new != share else { return }
        share = new
        let owed = (requests?.unitsOwed(at: now) ?? 0, tokens?.unitsOwed(at: now) ?? 0)
        rebuild(at: now)
        requests?.correct(by: owed.0, at: now)
        tokens?.correct(by: owed.1, at: now)
    }

    private mutating func rebuild(at now: Instant) {
        requests = limits.requestsPerMinute.map { Self.bucket(share.requests.part(of: $0), at: now) }
        tokens = limits.tokensPerMinute.map { Self.bucket(share.tokens.part(of: $0), at: now) }
    }

    /// No minute, wherever it begins, has more than the limit in it: what a burst may take, the steady rate gives up.
    private static func bucket(_ limit: Int, at now: Instant) -> TokenBucket {
        let burst = max(1, limit / burstPart)
        return TokenBucket(rate: limit - (burst - 1), per: period, burst: burst, at: now)
    }
}

extension TokenBucket {
    /// Units taken that are not earned yet.
    fileprivate func unitsOwed(at now: Instant) -> Int {
        Int((wait(for: burst, at: now) / period * Double(rate)).rounded(.up))
    }
}
