internal import MoltBotMessaging

extension MoltBot {
    /// Tasks on their way to the broker at once: enough to keep one busy that is 10 ms away.
    private static let publishWindow = 500

    /// Gives MoltBot many tasks, and returns when the broker has stored all of them.
    ///
    ///     let tasks = try await bot.submitBatch(["One", "Two", "Three"])
    ///     for outcome in try await bot.wait(for: tasks) { print(outcome.result ?? "") }
    ///
    /// All requests are checked before the first is sent.
    /// - Parameter concurrency: how many of them may be unfinished at once, so that a batch leaves workers to others; the next one is sent
    ///   when one has ended. Nil sends all at once, and the workers decide.
    /// - Returns: the tasks in the order of the requests.
    /// - Throws: like ``submit(_:priority:)``. Tasks that were sent before go on; give requests an id to know them.
    @discardableResult
    public func submitBatch(
        _ requests: some Sequence<Request>, priority: Priority = .normal, concurrency: Int? = nil
    ) async throws(MoltBotError) -> [SubmittedTask] {
        if let concurrency, concurrency < 1 { throw MoltBotError(.invalidRequest, "concurrency: expected 1 or more, got \(concurrency)") }
        var submissions: [TaskSubmission] = []
        for (index, request) in requests.enumerated() {
            do {
                submissions.append(try submission(of: request, priority, isStreamed: false))
            } catch {
                throw MoltBotError(error.code, "request \(index): \(error.message)", cause: error.cause)
            }
        }
        do {
            try await send(submissions, window: min(concurrency ?? Self.publishWindow, Self.publishWindow), waits: concurrency != nil)
        } catch {
            throw MoltBotError(error)
        }
        return submissions.map { task($0) }
    }

    /// - Parameter waits: whether a task keeps its place in the window until it has ended.
    private func send(_ submissions: [TaskSubmission], window: Int, waits: Bool) async throws {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            var unconfirmed = submissions.count
            var running = 0
            for submission in submissions {
                while running >= window, let isEnd = try await group.next() {
                    if !isEnd { unconfirmed -= 1 }
                    if isEnd || !waits { running -= 1 }
                }
                running += 1
                let task = task(submission)
                let ticket = waits ? core.outcomes.enter(task) : nil
                group.addTask {
                    try await self.publish(submission)
                    return false
                }
                guard let ticket else { continue }
                group.addTask {
                    defer { self.core.outcomes.leave(ticket) }
                    for await _ in ticket.outcome { break }
                    return true
                }
            }
            while unconfirmed > 0, let isEnd = try await group.next() {
                if !isEnd { unconfirmed -= 1 }
            }
            // The last tasks are on the broker; nobody has to see their end here.
            group.cancelAll()
        }
    }
}
