import MoltBotMessaging

/// Publishes many tasks with a bounded number of them unconfirmed, and tells of them in the order they came in.
struct TaskSender {
    /// Tasks sent and not yet reported. Enough to keep a broker busy that is 10 ms away.
    static let window = 500

    let send: @Sendable (TaskSubmission) async throws -> Void

    /// - Parameter confirmed: called for each task once the broker has it, in order.
    /// - Throws: the first failure; tasks on their way are then cancelled.
    func sendAll(_ tasks: some Sequence<TaskSubmission>, confirmed: (TaskSubmission) throws -> Void) async throws {
        let send = send
        try await withThrowingTaskGroup(of: (Int, TaskSubmission).self) { group in
            var launched = 0
            var reported = 0
            var early: [Int: TaskSubmission] = [:]
            func takeOne() async throws -> Bool {
                guard let (index, task) = try await group.next() else { return false }
                early[index] = task
                while let next = early.removeValue(forKey: reported) {
                    try confirmed(next)
                    reported += 1
                }
                return true
            }
            for task in tasks {
                while launched - reported >= Self.window { _ = try await takeOne() }
                try Task.checkCancellation()
                let index = launched
                group.addTask {
                    try await send(task)
                    return (index, task)
                }
                launched += 1
            }
            while try await takeOne() {}
        }
    }
}
