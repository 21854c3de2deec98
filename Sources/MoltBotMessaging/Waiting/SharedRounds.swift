/// Runs a question for all who ask it while the one before it is under way: how many ask is of no account to whoever answers.
///
/// An answer comes from a round that began after it was asked for, so it knows of everything that happened before.
package actor SharedRounds<Answer: Sendable> {
    /// Bounded by the callers, who each wait for one.
    private var waiting: [CheckedContinuation<Answer, Never>] = []
    private var isRunning = false

    package init() {}

    /// - Parameter ask: the same question for all callers; bounded in time by itself.
    package func next(_ ask: @escaping @Sendable () async -> Answer) async -> Answer {
        await withCheckedContinuation { answer in
            waiting.append(answer)
            guard !isRunning else { return }
            isRunning = true
            // Outlives the caller on purpose: others wait for the same answer.
            Task { await self.run(ask) }
        }
    }

    private func run(_ ask: @Sendable () async -> Answer) async {
        while !waiting.isEmpty {
            let round = waiting
            waiting.removeAll()
            let answer = await ask()
            for waiter in round { waiter.resume(returning: answer) }
        }
        isRunning = false
    }
}
