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
    /// US dollars of the tasks that have ended with a known cost.
    package let cost: Double

    init(id: String, workspace: Workspace, acceptance: Acceptance?, counts: [TaskStatus: Int], cost: Double) {
        self.id = id
        self.workspace = workspace
        self.acceptance = acceptance
        let unheard = (acceptance?.total ?? 0) - counts.values.reduce(0, +)
        self.counts = unheard > 0 ? counts.merging([.queued: unheard], uniquingKeysWith: +) : counts
        self.cost = cost
    }

    package var total: Int { counts.values.reduce(0, +) }
    package var ended: Int { counts.filter { $0.key.isTerminal }.values.reduce(0, +) }
}
