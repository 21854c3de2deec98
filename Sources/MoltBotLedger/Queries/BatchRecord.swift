package import MoltBotCore

/// How far a batch has come: its tasks that the ledger knows, by status.
package struct BatchRecord: Sendable, Equatable {
    /// What is known of a batch that an API node has taken; nil for tasks that another program has marked as a batch.
    package struct Acceptance: Sendable, Equatable {
        /// Of the try that counts.
        package let place: String
        package let total: Int
        package let fingerprint: String?
    }

    package let id: String
    package let workspace: Workspace
    package let acceptance: Acceptance?
    /// Tasks that the ledger has not heard of one by one yet count as queued.
    package let counts: [TaskStatus: Int]
    /// Tasks that it has heard of one by one. One that was forgotten before its end came counts twice.
    package let heard: Int
    /// US dollars of the tasks that have ended; nil when the cost of a completed one is not known.
    package let cost: Double?

    init(id: String, workspace: Workspace, acceptance: Acceptance?, counts: [TaskStatus: Int], cost: Double?) {
        self.id = id
        self.workspace = workspace
        self.acceptance = acceptance
        heard = counts.values.reduce(0, +)
        self.counts = acceptance.map { Self.adjusted(counts, to: $0.total) } ?? counts
        self.cost = cost
    }

    /// What is too much is of tasks that were forgotten before their end came: their end counts, and not what they were before.
    private static func adjusted(_ counts: [TaskStatus: Int], to total: Int) -> [TaskStatus: Int] {
        var counts = counts
        let missing = total - counts.values.reduce(0, +)
        if missing > 0 { counts[.queued, default: 0] += missing }
        var surplus = max(0, -missing)
        for status in [TaskStatus.queued, .running, .retrying] {
            guard surplus > 0, let count = counts[status] else { continue }
            counts[status] = count > surplus ? count - surplus : nil
            surplus -= min(count, surplus)
        }
        return counts
    }

    package var total: Int { counts.values.reduce(0, +) }
    package var ended: Int { counts.filter { $0.key.isTerminal }.values.reduce(0, +) }
}
