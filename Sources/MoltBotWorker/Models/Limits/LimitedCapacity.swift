internal import MoltBotCore

/// What a limited deployment has to give, and to whom it is promised: requests and tokens a minute, and calls at once.
///
/// Whoever comes too early is given a time slot and waits once, in order. Each lane plans for itself and those above it: a backlog of low
/// priority does not stand before a critical task, which takes the next departure and lets the backlog wait longer.
struct LimitedCapacity: Sendable {
    typealias Instant = ContinuousClock.Instant

    /// Calls that leave, whatever was planned: what keeps the provider's limit.
    private var departures: CallLimiter
    /// Slots that are promised, by lane: to tasks of that lane and the ones above.
    private var promised: [CallLimiter]
    /// Slots that are given and whose holders have not come yet, for each lane the soonest ones.
    private var awaited: [[Instant]] = Lane.allCases.map { _ in [] }
    /// When the tasks that wait for a free place would all have one, at the usual length of a call; nil while there is one.
    private var placesPromisedUntil: Instant?
    /// Of all of them: a single long call is a poor guess of the others.
    static let longestPlan = Duration.seconds(60)
    private var line = WaitingLine<LineTicket>()
    /// Places that are kept for tickets whose turn it is.
    private var granted = 0

    init(_ limits: RateLimits, share: LimitShare, at now: Instant) {
        departures = CallLimiter(limits, at: now)
        promised = Lane.allCases.map { _ in CallLimiter(limits, at: now) }
        changeShare(to: share, at: now)
    }

    /// Before a worker without a part of a small limit looks again: the others have it.
    static let pauseWithoutShare = Duration.seconds(1)

    /// How long lower lanes leave a departure to the holder of a slot: the delay ladder brings it up to a second after its time.
    static let courtesy = Duration.milliseconds(1500)
    /// Of one lane; the slots after them are far off.
    private static let maximumAwaited = 16

    /// How long a call would have to wait.
    /// - Parameter hasSlot: it has waited for its slot already.
    func wait(_ needs: CallNeeds, hasSlot: Bool, at now: Instant) -> Duration {
        guard departures.hasShare else { return Self.pauseWithoutShare }
        let earliest = max(departures.wait(tokens: needs.expected.total, at: now), waitForHigher(needs, at: now))
        if hasSlot { return earliest }
        return max(earliest, promised[needs.lane.position].wait(tokens: needs.expected.total, at: now))
    }

    var hasFreePlace: Bool { departures.places.map { departures.callsInFlight + granted < $0 } ?? true }

    /// How many calls would have to end before a newcomer of that lane had its place.
    func callsAhead(of lane: Lane) -> Int { line.ahead(of: Int(lane.priority)) + 1 }

    mutating func join(_ ticket: LineTicket, lane: Lane) { line.join(ticket, priority: Int(lane.priority)) }

    /// Gives the ticket up; a place that was kept for it goes to the next one.
    mutating func leave(_ ticket: LineTicket) {
        if line.leave(ticket) { return }
        redeem()
        grant()
    }

    /// The ticket's holder takes the place that was kept for it.
    mutating func redeem() { granted = max(0, granted - 1) }

    /// Nobody waits here any more: the limits have changed.
    mutating func close() {
        while let ticket = line.next() { ticket.granted.fire() }
    }

    /// Gives places that are free to those who wait for them.
    mutating func grant() {
        while hasFreePlace, let ticket = line.next() {
            granted += 1
            ticket.granted.fire()
        }
        if hasFreePlace { placesPromisedUntil = nil }
    }

    /// These calls began before there were these limits.
    mutating func callsGoOn(_ count: Int) {
        for _ in 0..<count { departures.callStarted(tokens: 0) }
    }

    /// A call leaves now.
    mutating func callStarted(_ needs: CallNeeds, hasSlot: Bool, at now: Instant) {
        _ = departures.reserve(tokens: needs.expected.total, at: now)
        departures.callStarted(tokens: needs.expected.total)
        if !hasSlot {
            promise(needs, at: now)
        } else if !awaited[needs.lane.position].isEmpty {
            awaited[needs.lane.position].removeFirst()
        }
    }

    /// Promises a call its time.
    mutating func reserve(_ needs: CallNeeds, at now: Instant) -> Duration {
        let wait = wait(needs, hasSlot: false, at: now)
        if departures.hasShare {
            promise(needs, at: now)
            expect(needs.lane, at: now + wait, now)
        }
        return wait
    }

    private mutating func expect(_ lane: Lane, at time: Instant, _ now: Instant) {
        awaited[lane.position].removeAll { $0 + Self.courtesy <= now }
        if awaited[lane.position].count < Self.maximumAwaited { awaited[lane.position].append(time) }
    }

    /// Zero if the call leaves enough for the holders of slots in higher lanes that are due before the next departure. Without this they and the
    /// lower lanes would come at the same moment, and whoever is first would go.
    private func waitForHigher(_ needs: CallNeeds, at now: Instant) -> Duration {
        let interval = departures.interval
        let due = awaited.indices.lazy.filter { $0 > needs.lane.position }
            .flatMap { awaited[$0] }.filter { $0 + Self.courtesy > now && $0 <= now + interval }
        guard let last = due.max() else { return .zero }
        var rest = departures
        for _ in due { _ = rest.reserve(tokens: needs.expected.total, at: now) }
        return rest.wait(tokens: needs.expected.total, at: now) > .zero ? last + Self.courtesy - now : .zero
    }

    private mutating func promise(_ needs: CallNeeds, at now: Instant) {
        for lane in promised.indices where lane <= needs.lane.position {
            _ = promised[lane].reserve(tokens: needs.expected.total, at: now)
        }
    }

    /// When a call that finds all places taken is to look again, in line behind those that were told before.
    mutating func reservePlace(callLength: Duration, at now: Instant) -> Duration {
        let places = max(departures.places ?? 1, 1)
        let end = min(max(placesPromisedUntil ?? now, now) + callLength / places, now + Self.longestPlan)
        placesPromisedUntil = end
        return end - now
    }

    /// - Parameter used: the tokens that the provider counted; nil when it did not say, and the estimate stands.
    mutating func callEnded(reserved: Int, lane: Lane, used: Int?, at now: Instant) {
        departures.callEnded(reserved: reserved, used: used, at: now)
        grant()
        guard let used else { return }
        for index in promised.indices where index <= lane.position { promised[index].settle(reserved: reserved, used: used, at: now) }
    }

    mutating func changeShare(to share: LimitShare, at now: Instant) {
        departures.changeShare(to: share, at: now)
        for lane in promised.indices { promised[lane].changeShare(to: share, at: now) }
        grant()
    }
}

extension Lane {
    /// From the lowest lane on.
    fileprivate var position: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
