internal import MoltBotCore
internal import MoltBotMessaging

/// The processes that call models at the moment, by their signs of life: they divide the limits among themselves.
struct WorkerRoster: Sendable {
    typealias Instant = ContinuousClock.Instant

    /// Between two signs of life.
    static let interval = Duration.seconds(5)
    /// Whoever is silent for longer has died without a word.
    private static let patience = interval * 3 + .seconds(1)
    private static let maximumWorkers = 10_000

    private let own: String
    private var seen: [String: Instant] = [:]

    init(own: String) {
        self.own = own
    }

    mutating func heard(_ presence: WorkerPresence, at now: Instant) {
        guard presence.worker != own else { return }
        if presence.isLeaving {
            seen[presence.worker] = nil
        } else if seen.count < Self.maximumWorkers || seen[presence.worker] != nil {
            seen[presence.worker] = now
        }
    }

    /// This process's part of every limit. All come to the same order, by their names.
    mutating func share(at now: Instant) -> LimitShare {
        seen = seen.filter { now - $0.value < Self.patience }
        return LimitShare(rank: seen.keys.count { $0 < own }, workers: seen.count + 1)
    }
}
