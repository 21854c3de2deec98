/// What is left of a provider's own window, as it said with its latest answer: `x-ratelimit-remaining-*` and `x-ratelimit-reset-*`.
struct LearnedWindow: Sendable, Equatable {
    typealias Instant = ContinuousClock.Instant

    private var remaining: Int?
    private var resetsAt: Instant?

    mutating func update(_ window: RateLimitHints.Window?, inFlight: Int, at now: Instant) {
        guard let window, let left = window.remaining, let reset = window.reset else { return }
        remaining = max(0, left - inFlight)
        resetsAt = now + reset
    }

    mutating func take(_ amount: Int, at now: Instant) {
        guard let left = remaining, let end = resetsAt, end > now else {
            remaining = nil
            return
        }
        remaining = max(0, left - amount)
    }

    /// A call that is bigger than the rest of the window waits for the next one.
    func wait(for amount: Int, at now: Instant) -> Duration {
        guard let left = remaining, let end = resetsAt, left < amount else { return .zero }
        return max(end - now, .zero)
    }
}
