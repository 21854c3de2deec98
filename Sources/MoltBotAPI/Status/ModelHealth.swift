internal import MoltBotCore
internal import MoltBotMessaging

/// Which deployments get no calls at the moment, by what workers tell each other of them.
///
/// A node that has just started asks the workers for what was told before; what is told ends by itself.
struct ModelHealth: Sendable {
    struct Entry: Sendable, Equatable {
        enum State: String, Sendable {
            /// It fails.
            case open
            /// Its provider asks for a pause.
            case paused
        }

        let deployment: String
        /// The name of one of its keys; nil for all of it.
        let key: String?
        let state: State
        let until: Timestamp
        let reason: String?
    }

    private struct Place: Hashable {
        let deployment: String
        let key: String?
    }

    private static let maximumEntries = 1000

    private var entries: [Place: Entry] = [:]

    mutating func heard(_ news: [ModelNews], at now: Timestamp) {
        for news in news {
            switch news {
            case .opened(let deployment, let key, let time, let reason):
                set(Entry(deployment: deployment, key: key, state: .open, until: now + time, reason: reason.isEmpty ? nil : reason), now)
            case .paused(let deployment, let key, let time):
                set(Entry(deployment: deployment, key: key, state: .paused, until: now + time, reason: nil), now)
            case .closed(let deployment, let key):
                entries[Place(deployment: deployment, key: key)] = nil
            }
        }
    }

    /// What a worker answers that was asked. It speaks of deployments only; of news that came since, the later end counts.
    mutating func learned(_ conditions: [ModelCondition], at now: Timestamp) {
        for condition in conditions where condition.health == .out {
            guard let remaining = condition.remaining else { continue }
            let until = now + min(remaining, ModelNews.longestTime)
            if let known = entries[Place(deployment: condition.deployment, key: nil)], known.until >= until { continue }
            set(Entry(deployment: condition.deployment, key: nil, state: .open, until: until, reason: condition.reason), now)
        }
    }

    /// By their names.
    func entries(at now: Timestamp) -> [Entry] {
        entries.values.filter { $0.until > now }.sorted { ($0.deployment, $0.key ?? "") < ($1.deployment, $1.key ?? "") }
    }

    private mutating func set(_ entry: Entry, _ now: Timestamp) {
        let place = Place(deployment: entry.deployment, key: entry.key)
        if entries.count >= Self.maximumEntries, entries[place] == nil {
            entries = entries.filter { $0.value.until > now }
            guard entries.count < Self.maximumEntries else { return }
        }
        entries[place] = entry
    }
}
