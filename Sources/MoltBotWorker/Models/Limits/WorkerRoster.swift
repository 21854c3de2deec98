internal import MoltBotCore
internal import MoltBotMessaging

/// How the processes that call models divide the limits among themselves.
struct WorkerRoster: Sendable {
    typealias Instant = ContinuousClock.Instant

    private let own: String
    private var others = WorkersHeard()

    init(own: String) {
        self.own = own
    }

    mutating func heard(_ presence: WorkerPresence, at now: Instant) {
        if presence.worker != own { others.heard(presence, at: now) }
    }

    /// This process's part of every limit. All come to the same order, by their names.
    mutating func share(at now: Instant) -> LimitShare {
        others.forgetSilent(at: now)
        return LimitShare(rank: others.names.count { $0 < own }, workers: others.names.count + 1)
    }
}
