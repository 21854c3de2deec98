package import MoltBotCore

/// Sums over the tasks that the ledger holds.
package struct LedgerStatistics: Sendable, Equatable {
    /// Tasks of one model; those that name none count under "".
    package struct Model: Sendable, Equatable {
        package var counts: [TaskStatus: Int] = [:]
        package var costs = Costs()
        package var inputTokens = 0
        package var outputTokens = 0
    }

    /// What tasks cost, as far as it is known.
    package struct Costs: Sendable, Equatable {
        /// US dollars, of the tasks whose cost is known.
        package var known = 0.0
        /// Completed tasks whose cost is not known: no price, or no count of tokens.
        package var unpricedTasks = 0

        package init(known: Double = 0, unpricedTasks: Int = 0) {
            self.known = known
            self.unpricedTasks = unpricedTasks
        }

        /// nil when none of the completed tasks' costs is known: that is not "free".
        package func sum(of completed: Int) -> Double? { unpricedTasks > 0 && unpricedTasks >= completed ? nil : known }
    }

    /// What happened in one minute.
    package struct Minute: Sendable, Equatable {
        package let start: Timestamp
        package let submitted: Int
        package let completed: Int
        /// Failed, cancelled or expired.
        package let failed: Int
        package let costs: Costs

        package init(start: Timestamp, submitted: Int, completed: Int, failed: Int, costs: Costs = Costs()) {
            self.start = start
            self.submitted = submitted
            self.completed = completed
            self.failed = failed
            self.costs = costs
        }
    }

    package internal(set) var models: [String: Model] = [:]
    /// Oldest first; minutes in which nothing happened are not there.
    package internal(set) var minutes: [Minute] = []

    package var counts: [TaskStatus: Int] {
        models.values.reduce(into: [:]) { sums, model in sums.merge(model.counts, uniquingKeysWith: +) }
    }
    package var costs: Costs {
        models.values.reduce(into: Costs()) { sums, model in
            sums.known += model.costs.known
            sums.unpricedTasks += model.costs.unpricedTasks
        }
    }
}
