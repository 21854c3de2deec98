package import MoltBotCore

/// Sums over the tasks that the ledger holds.
package struct LedgerStatistics: Sendable, Equatable {
    /// Tasks of one model; those that name none count under "".
    package struct Model: Sendable, Equatable {
        package var counts: [TaskStatus: Int] = [:]
        /// US dollars.
        package var cost = 0.0
        package var inputTokens = 0
        package var outputTokens = 0
    }

    /// What happened in one minute.
    package struct Minute: Sendable, Equatable {
        package let start: Timestamp
        package let submitted: Int
        package let completed: Int
        /// Failed, cancelled or expired.
        package let failed: Int
        package let cost: Double

        package init(start: Timestamp, submitted: Int, completed: Int, failed: Int, cost: Double) {
            self.start = start
            self.submitted = submitted
            self.completed = completed
            self.failed = failed
            self.cost = cost
        }
    }

    package internal(set) var models: [String: Model] = [:]
    /// Oldest first; minutes in which nothing happened are not there.
    package internal(set) var minutes: [Minute] = []

    package var counts: [TaskStatus: Int] {
        models.values.reduce(into: [:]) { sums, model in sums.merge(model.counts, uniquingKeysWith: +) }
    }
    package var cost: Double { models.values.reduce(0) { $0 + $1.cost } }
}
