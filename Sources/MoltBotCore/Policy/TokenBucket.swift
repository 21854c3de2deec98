/// So many units a period on average, and so many at once after a rest: requests of an endpoint, tokens of a model.
///
/// Counts exactly: the level is kept in fractions that divide without remainder (the generic cell rate algorithm, ITU-T I.371, in
/// attoseconds times units), so neither rounding nor the moment of asking lets a unit too many or too few through, however long it runs.
/// Pure; the caller brings the time.
package struct TokenBucket: Sendable, Equatable {
    package typealias Instant = ContinuousClock.Instant

    /// Units a ``period``, at least 1.
    package let rate: Int
    package let period: Duration
    /// The most that passes at once, at least 1.
    package let burst: Int

    private let origin: Instant
    /// When everything taken so far would have been earned at the steady rate: attoseconds after `origin`, times `rate`.
    private var earnedAt: Int128 = 0

    /// Full at first.
    package init(rate: Int, per period: Duration, burst: Int, at now: Instant) {
        self.rate = max(rate, 1)
        self.period = max(period, .nanoseconds(1))
        self.burst = max(burst, 1)
        origin = now
    }

    /// Takes the units if they are there; else leaves everything as it is and says when it is worth asking again.
    ///
    /// More than ``burst`` is let through when the bucket is full, and paid off afterwards.
    package mutating func take(_ amount: Int = 1, at now: Instant) -> Duration? {
        let wait = wait(for: amount, at: now)
        guard wait == .zero else { return wait }
        charge(amount, at: now)
        return nil
    }

    /// Takes the units in any case, and says how long their taker has to wait: each gets a time slot of its own.
    package mutating func reserve(_ amount: Int = 1, at now: Instant) -> Duration {
        let wait = wait(for: amount, at: now)
        charge(amount, at: now)
        return wait
    }

    /// Corrects an estimate that was taken: a positive amount was used on top, a negative one was not needed after all.
    package mutating func correct(by amount: Int, at now: Instant) {
        charge(amount, at: now)
    }

    /// How long until so many units are there.
    package func wait(for amount: Int = 1, at now: Instant) -> Duration {
        let elapsed = elapsed(at: now)
        let missing = max(earnedAt, elapsed) + cost(min(amount, burst)) - cost(burst) - elapsed
        guard missing > 0 else { return .zero }
        // Rounded up to the nanosecond clocks count in, so that whoever waits that long is let through.
        let step = Int128(rate) * 1_000_000_000
        return Duration(attoseconds: (missing + step - 1) / step * 1_000_000_000)
    }

    private mutating func charge(_ amount: Int, at now: Instant) {
        earnedAt = max(earnedAt, elapsed(at: now)) + cost(amount)
    }

    private func elapsed(at now: Instant) -> Int128 {
        max((now - origin).attoseconds, 0) * Int128(rate)
    }

    private func cost(_ amount: Int) -> Int128 {
        period.attoseconds * Int128(amount)
    }
}
