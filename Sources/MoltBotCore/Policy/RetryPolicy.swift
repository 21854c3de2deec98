/// When a failed attempt is tried again: exponential backoff with jitter. Pure; the caller brings the time and the randomness.
package struct RetryPolicy: Sendable, Equatable {
    package enum Jitter: String, Sendable, CaseIterable {
        /// Between nothing and the whole backoff: spreads a crowd best.
        case full
        /// Between half and the whole backoff: never hammers.
        case equal
    }

    package enum Decision: Sendable, Equatable {
        case retry(after: Duration)
        case fail(Reason)
    }

    package enum Reason: Sendable, Equatable {
        case notRetryable
        case attemptsUsedUp
        /// The next attempt could not start before the task's deadline.
        case deadlineTooClose
    }

    package var base: Duration
    package var multiplier: Double
    /// The longest backoff; a provider's Retry-After may be longer and is honoured.
    package var cap: Duration
    package var jitter: Jitter
    /// Applies to tasks that do not say it themselves.
    package var maxRetries: Int

    package init(
        base: Duration = .seconds(1), multiplier: Double = 2, cap: Duration = .seconds(300), jitter: Jitter = .equal, maxRetries: Int = 3
    ) {
        self.base = base
        self.multiplier = multiplier
        self.cap = cap
        self.jitter = jitter
        self.maxRetries = maxRetries
    }

    /// - Parameters:
    ///   - attempt: The attempt that just failed, counted from 1.
    ///   - maxRetries: The task's own limit, if it has one.
    package func decide(
        attempt: Int, maxRetries: Int? = nil, error: ModelError, deadline: Timestamp?, now: Timestamp,
        using generator: inout some RandomNumberGenerator
    ) -> Decision {
        guard error.isRetryable else { return .fail(.notRetryable) }
        guard attempt <= maxRetries ?? self.maxRetries else { return .fail(.attemptsUsedUp) }
        let delay = delay(afterAttempt: attempt, retryAfter: error.retryAfter, using: &generator)
        if let deadline, now + delay >= deadline { return .fail(.deadlineTooClose) }
        return .retry(after: delay)
    }

    private func delay(afterAttempt attempt: Int, retryAfter: Duration?, using generator: inout some RandomNumberGenerator) -> Duration {
        let backoff = backoff(afterAttempt: attempt)
        let jittered: Duration =
            switch jitter {
            case .full: backoff * Double.random(in: 0...1, using: &generator)
            case .equal: backoff * Double.random(in: 0.5...1, using: &generator)
            }
        guard let retryAfter else { return jittered }
        // A tenth more at random, or every task that was told the same second comes back in the same second.
        return max(jittered, retryAfter * Double.random(in: 1...1.1, using: &generator))
    }

    /// The backoff before jitter.
    package func backoff(afterAttempt attempt: Int) -> Duration {
        var backoff = min(base, cap)
        var step = 1
        while step < attempt, backoff < cap {
            backoff = min(backoff * multiplier, cap)
            step += 1
        }
        return backoff
    }
}
