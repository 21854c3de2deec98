import MoltBotCore

/// How tasks came through the failure of a deployment.
struct FailoverReport: CustomStringConvertible {
    let tasks: Int
    let failed: Int
    /// Tasks whose first call failed.
    let switched: Int
    /// The part of these that completed; 1 when there were none.
    let switchSuccess: Double
    /// From the end of the first failed call to the end of the last one, 99 of 100.
    let p99: Duration

    init(_ outcomes: [String: TaskOutcome]) {
        tasks = outcomes.count
        failed = outcomes.values.count { $0.status != .completed }
        let struck = outcomes.values.filter { $0.attempts.first?.error != nil }
        switched = struck.count
        switchSuccess = struck.isEmpty ? 1 : Double(struck.count { $0.status == .completed }) / Double(struck.count)
        let delays = struck.compactMap { outcome -> Duration? in
            guard let first = outcome.attempts.first, let last = outcome.attempts.last else { return nil }
            return (last.startedAt + last.duration) - (first.startedAt + first.duration)
        }.sorted()
        p99 = delays.isEmpty ? .zero : delays[min(delays.count - 1, delays.count * 99 / 100)]
    }

    var description: String {
        "\(tasks) tasks, \(failed) failed, \(switched) switched, \(switchSuccess * 100) % of them with success, "
            + "answered \(p99) after the first error (p99)"
    }
}
