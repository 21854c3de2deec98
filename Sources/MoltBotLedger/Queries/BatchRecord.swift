package import MoltBotCore

/// How far a batch has come: its tasks that the ledger knows, by status.
package struct BatchRecord: Sendable, Equatable {
    package let id: String
    package let workspace: Workspace
    package let counts: [TaskStatus: Int]
    /// US dollars of the tasks that have ended with a known cost.
    package let cost: Double

    package var total: Int { counts.values.reduce(0, +) }
    package var ended: Int { counts.filter { $0.key.isTerminal }.values.reduce(0, +) }
}
