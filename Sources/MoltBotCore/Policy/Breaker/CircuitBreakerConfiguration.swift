/// When a ``CircuitBreaker`` opens, and for how long.
package struct CircuitBreakerConfiguration: Sendable, Equatable {
    /// How far back attempts count for ``failureRatio``.
    package var window: Duration
    /// With fewer attempts in the window, ``failureRatio`` says nothing.
    package var minimumAttempts: Int
    /// The share of failures in the window that opens the breaker, above 0 and up to 1; nil: only ``consecutiveFailures`` counts.
    package var failureRatio: Double?
    /// Failures without a success between that open it; nil: only ``failureRatio`` counts.
    package var consecutiveFailures: Int?
    package var firstOpenTime: Duration
    /// What each opening that follows a failed probe is longer by.
    package var multiplier: Double
    package var longestOpenTime: Duration
    /// The share by which an opening is longer or shorter at random, so that many breakers do not probe in the same instant.
    package var jitter: Double

    /// What webhook endpoints use: 7 of 10 attempts in five minutes, open for 30 s, doubling up to 15 minutes.
    package init(
        window: Duration = .seconds(300), minimumAttempts: Int = 10, failureRatio: Double? = 0.7, consecutiveFailures: Int? = nil,
        firstOpenTime: Duration = .seconds(30), multiplier: Double = 2, longestOpenTime: Duration = .seconds(900), jitter: Double = 0.1
    ) {
        self.window = window
        self.minimumAttempts = minimumAttempts
        self.failureRatio = failureRatio
        self.consecutiveFailures = consecutiveFailures
        self.firstOpenTime = firstOpenTime
        self.multiplier = multiplier
        self.longestOpenTime = longestOpenTime
        self.jitter = jitter
    }

    func isTripped(failuresInARow: Int, of counts: AttemptWindow.Counts) -> Bool {
        if let consecutiveFailures, failuresInARow >= consecutiveFailures { return true }
        guard let failureRatio, counts.attempts >= minimumAttempts else { return false }
        return Double(counts.failures) >= failureRatio * Double(counts.attempts)
    }

    /// - Parameter openings: how often it has opened since it was last closed.
    func openTime(after openings: Int, using generator: inout some RandomNumberGenerator) -> Duration {
        var time = min(firstOpenTime, longestOpenTime)
        var step = 0
        while step < openings, time < longestOpenTime, multiplier > 1 {
            time = min(time * multiplier, longestOpenTime)
            step += 1
        }
        let spread = min(max(jitter, 0), 1)
        return spread > 0 ? time * Double.random(in: (1 - spread)...(1 + spread), using: &generator) : time
    }
}
