/// A moment of the continuous clock whose layout the compiler knows.
///
/// On Linux `ContinuousClock.Instant` comes from a library whose types may change their size, so every copy of a value that holds one goes
/// through a run-time call; where a hundred values are looked at for each task, that is most of the time.
struct FlatInstant: Sendable, Equatable {
    private static let origin = ContinuousClock.now

    private let sinceOrigin: Duration

    init(_ instant: ContinuousClock.Instant) {
        sinceOrigin = instant - Self.origin
    }

    static func - (later: FlatInstant, earlier: FlatInstant) -> Duration { later.sinceOrigin - earlier.sinceOrigin }

    var instant: ContinuousClock.Instant { Self.origin + sinceOrigin }
}
