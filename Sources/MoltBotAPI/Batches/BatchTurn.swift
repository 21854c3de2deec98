/// How long a node works on one batch before another one gets its place.
///
/// Alone, a batch keeps its place: to hand it on costs the broker a message. When others wait, one whose tasks all take their time gives
/// way within seconds, so that many of these keep nobody out, and a busy one within a minute.
struct BatchTurn {
    /// Below the broker's consumer timeout of 30 minutes.
    static let longest = Duration.seconds(20 * 60)
    /// Of a batch that goes on, when others wait.
    static let share = Duration.seconds(60)
    /// Without a change, when others wait.
    static let patience = Duration.seconds(5)
    /// Until it looks again whether others wait. Places are looked at at different moments, so somebody looks much sooner.
    static let interval = Duration.seconds(10)

    private let beginning: ContinuousClock.Instant
    private var lastChange: ContinuousClock.Instant
    private var nextLook: ContinuousClock.Instant

    init(at now: ContinuousClock.Instant) {
        beginning = now
        lastChange = now
        nextLook = now + Self.patience
    }

    func isOver(at now: ContinuousClock.Instant) -> Bool { now - beginning >= Self.longest }

    /// Something of the batch has changed.
    mutating func changed(at now: ContinuousClock.Instant) { lastChange = now }

    /// Whether to look for others now.
    func looks(at now: ContinuousClock.Instant) -> Bool { now >= nextLook }

    /// - Returns: whether the batch gives way.
    mutating func looked(hasOthers: Bool, at now: ContinuousClock.Instant) -> Bool {
        nextLook = now + (hasOthers ? Self.patience : Self.interval)
        return hasOthers && (now - lastChange >= Self.patience || now - beginning >= Self.share)
    }

    /// How long nothing has to be done unless something changes.
    func pause(at now: ContinuousClock.Instant) -> Duration { max(.zero, nextLook - now) }
}
