package import MoltBotCore

/// The processes that call models at the moment, by their signs of life.
package struct WorkersHeard: Sendable {
    package typealias Instant = ContinuousClock.Instant

    private struct Sighting {
        var time: Instant
        var count: Int
        var workspaces: [Workspace]?
    }

    /// Between two signs of life.
    package static let interval = Duration.seconds(5)
    /// Whoever is silent for longer has died without a word.
    private static let patience = interval * 3 + .seconds(1)
    private static let maximumWorkers = 10_000

    private var seen: [String: Sighting] = [:]

    package init() {}

    package mutating func heard(_ presence: WorkerPresence, at now: Instant) {
        if presence.isLeaving {
            seen[presence.worker] = nil
        } else if seen.count < Self.maximumWorkers || seen[presence.worker] != nil {
            seen[presence.worker] = Sighting(time: now, count: presence.count, workspaces: presence.workspaces)
        }
    }

    package mutating func forgetSilent(at now: Instant) {
        seen = seen.filter { now - $0.value.time < Self.patience }
    }

    /// The names of those that have been heard and not forgotten.
    package var names: some Collection<String> { seen.keys }

    /// How many workers take tasks of a workspace.
    package func count(serving workspace: Workspace, at now: Instant) -> Int {
        seen.values.filter { now - $0.time < Self.patience && $0.workspaces?.contains(workspace) ?? true }.reduce(0) { $0 + $1.count }
    }
}
