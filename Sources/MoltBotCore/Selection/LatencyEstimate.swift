/// How long a deployment takes, weighing late calls more: a peak-sensitive moving average (as in Finagle's Peak EWMA).
///
/// A slower call counts at once and in full; faster ones bring the estimate down within ``memory``. Without calls it fades, so that a
/// deployment that was slow once is tried again.
package struct LatencyEstimate: Sendable, Equatable {
    package typealias Instant = ContinuousClock.Instant

    /// The time in which half of what was known is forgotten.
    package static let memory = Duration.seconds(10)

    private var milliseconds = 0.0
    private var updatedAt: FlatInstant?

    package init() {}

    package mutating func observe(_ latency: Duration, at now: Instant) {
        let now = FlatInstant(now)
        let sample = max(latency / .milliseconds(1), 0)
        if let updatedAt, sample < milliseconds {
            milliseconds = sample + (milliseconds - sample) * Self.weight(after: now.time(since: updatedAt))
        } else {
            milliseconds = sample
        }
        updatedAt = now
    }

    /// Nil while nothing was measured.
    package func milliseconds(at now: Instant) -> Double? { milliseconds(at: FlatInstant(now)) }

    func milliseconds(at now: FlatInstant) -> Double? {
        guard let updatedAt else { return nil }
        return milliseconds * Self.weight(after: now.time(since: updatedAt))
    }

    /// Falls from 1 to a half in ``memory``, and like 1/t afterwards; a quotient, because this is read for each candidate of each call.
    /// - Parameter seconds: before the estimate nothing has faded.
    private static func weight(after seconds: Double) -> Double { memorySeconds / (memorySeconds + max(seconds, 0)) }

    private static let memorySeconds = Double(memory.components.seconds)
}
