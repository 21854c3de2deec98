internal import MoltBotCore
internal import MoltBotMessaging

extension MoltBot {
    /// Workers answer at once; this is for one that is busy or far away.
    private static let cancelPatience = Duration.milliseconds(1500)

    /// Asks the workers to end a task, running or waiting. Its outcome follows as for every task.
    /// - Throws: ``MoltBotError``: `invalidRequest`, `notConnected`, `closed`, `cancelled`.
    @discardableResult
    public func cancel(_ task: SubmittedTask) async throws(MoltBotError) -> Cancellation {
        guard let id = TaskID(task.id) else { throw MoltBotError(.invalidRequest, "\"\(task.id)\" is no task id") }
        let (control, workspace) = (core.control, core.workspace)
        let answers = try await core.operations.run {
            try await control.ask(.cancel([id], of: workspace), within: Self.cancelPatience) { answers in
                answers.contains { !$0.running.isEmpty }
            }
        }
        if answers.contains(where: { !$0.running.isEmpty }) { return .cancelling }
        // A worker that knows of its end has nothing to do for it.
        return answers.contains { !$0.marked.isEmpty } ? .marked : answers.isEmpty ? .unanswered : .ended
    }
}
