internal import MoltBotCore

extension MoltBot {
    private enum Ending: Sendable {
        case outcome(Outcome)
        case noOutcome
        case outOfTime
        /// The ledger is not asked any more.
        case asked
    }

    /// Waits until a task has ended, also somebody else's or one of an earlier run.
    ///
    /// Does not throw for a task that failed: look at ``Outcome/status``, or take the answer with ``Outcome/text()``.
    /// - Parameter timeout: nil waits for ever.
    /// - Throws: ``MoltBotError``: `timeout`, `closed`, `cancelled`; the task goes on.
    @discardableResult
    public func wait(for task: SubmittedTask, timeout: Duration? = nil) async throws(MoltBotError) -> Outcome {
        // What is known takes no time, and may be asked for when none is left.
        if let outcome = core.outcomes[task.id] { return outcome }
        let isOwn = task.replyQueue == core.replyQueue
        // Before the ledger is asked: what ends in between would be missed.
        if !isOwn { try await listen() }
        let ticket = core.outcomes.enter(task)
        defer { core.outcomes.leave(ticket) }
        let ending = await withTaskGroup(of: Ending.self) { group in
            group.addTask {
                for await outcome in ticket.outcome { return .outcome(outcome) }
                return .noOutcome
            }
            if !isOwn || ticket.mayBeForgotten { group.addTask { await self.askLedger(for: task) } }
            if let timeout {
                group.addTask {
                    // Cut short when the outcome is there.
                    try? await Task.sleep(for: timeout)
                    return .outOfTime
                }
            }
            defer { group.cancelAll() }
            while let ending = await group.next() {
                if case .asked = ending { continue }
                return ending
            }
            return .noOutcome
        }
        switch ending {
        case .outcome(let outcome): return outcome
        case .outOfTime where !Task.isCancelled:
            // Both may be over at once.
            if let outcome = core.outcomes[task.id] { return outcome }
            throw MoltBotError(
                .timeout, "task \(task.id) has not ended within \(timeout ?? .zero); it goes on. Does a worker run?", isRetriable: true)
        case .noOutcome where !Task.isCancelled: throw .closed
        default: throw .cancelled
        }
    }

    /// Waits until all of these tasks have ended.
    /// - Parameter timeout: for all of them together.
    /// - Returns: their outcomes in the order of the tasks.
    /// - Throws: like ``wait(for:timeout:)-(SubmittedTask,_)``.
    @discardableResult
    public func wait(for tasks: [SubmittedTask], timeout: Duration? = nil) async throws(MoltBotError) -> [Outcome] {
        let deadline = timeout.map { ContinuousClock.now + $0 }
        var outcomes: [Outcome] = []
        outcomes.reserveCapacity(tasks.count)
        for task in tasks {
            let rest = deadline.map { max(.zero, ContinuousClock.now.duration(to: $0)) }
            outcomes.append(try await wait(for: task, timeout: rest))
        }
        return outcomes
    }

    /// How a task ended, without waiting for it.
    ///
    /// A task of this client is known from its reply; others, and those that ended long ago, are asked from the ledger, which takes some
    /// seconds at most.
    /// - Returns: nil when the task has not ended, or nobody knows of it.
    public func result(of task: SubmittedTask) async throws(MoltBotError) -> Outcome? {
        if let outcome = core.outcomes[task.id] { return outcome }
        let inquiry = core.inquiry
        return try await core.operations.run { await inquiry.end(of: task)?.outcome }
    }

    private func askLedger(for task: SubmittedTask) async -> Ending {
        // What ended before this wait began is told nowhere else.
        guard let event = await core.inquiry.end(of: task, while: { !Task.isCancelled }) else { return .asked }
        return .outcome(event.outcome)
    }
}
