/// A moment of the continuous clock as a plain number of nanoseconds.
///
/// On Linux `ContinuousClock.Instant` comes from a library whose types may change their size, so every copy of a value that holds one goes
/// through a run-time call; where a hundred values are looked at for each task, that is most of the time.
struct FlatInstant: Sendable, Comparable {
    private static let origin = ContinuousClock.now

    /// Since the first use in this process; a moment before has a negative number.
    private let nanoseconds: Int64

    /// Moments more than 292 years away count as that far.
    init(_ instant: ContinuousClock.Instant) {
        let (seconds, attoseconds) = (instant - Self.origin).components
        let (product, hasOverflown) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, isTooFar) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
        nanoseconds = hasOverflown || isTooFar ? (seconds < 0 ? .min : .max) : sum
    }

    var instant: ContinuousClock.Instant { Self.origin + .nanoseconds(nanoseconds) }

    /// In seconds.
    func time(since earlier: FlatInstant) -> Double { (Double(nanoseconds) - Double(earlier.nanoseconds)) * 1e-9 }

    static func < (left: FlatInstant, right: FlatInstant) -> Bool { left.nanoseconds < right.nanoseconds }
}
