/// How many attempts there were lately, and how many failed: a ring of ten buckets, whatever the traffic.
///
/// The oldest bucket leaves as a whole, so the window reaches back between nine and ten tenths of its length.
struct AttemptWindow: Sendable {
    typealias Instant = ContinuousClock.Instant

    struct Counts: Sendable, Equatable {
        var attempts = 0
        var failures = 0
    }

    private static let size = 10

    private let bucketLength: Duration
    private var buckets = [Counts](repeating: Counts(), count: size)
    /// Of the bucket being filled.
    private var newest = 0
    private var newestStart: Instant?

    init(_ length: Duration) {
        bucketLength = max(length / Self.size, .milliseconds(1))
    }

    mutating func add(isFailure: Bool, at now: Instant) {
        advance(to: now)
        buckets[newest].attempts += 1
        if isFailure { buckets[newest].failures += 1 }
    }

    mutating func counts(at now: Instant) -> Counts {
        advance(to: now)
        return buckets.reduce(into: Counts()) { sum, bucket in
            sum.attempts += bucket.attempts
            sum.failures += bucket.failures
        }
    }

    private mutating func advance(to now: Instant) {
        guard let start = newestStart else {
            newestStart = now
            return
        }
        let passed = Int((now - start) / bucketLength)
        guard passed > 0 else { return }
        for _ in 0..<min(passed, Self.size) {
            newest = (newest + 1) % Self.size
            buckets[newest] = Counts()
        }
        newestStart = start + bucketLength * passed
    }
}
