extension MoltBot {
    /// Submits a task and gives its answer while it is being written.
    ///
    ///     for try await piece in try await bot.stream("Tell me a story") { print(piece, terminator: "") }
    ///
    /// - Throws: like ``submit(_:priority:)``.
    public func stream(_ request: Request, priority: Priority = .normal) async throws(MoltBotError) -> AnswerStream {
        let submission = try submission(of: request, priority, isStreamed: true)
        let task = task(submission)
        let buffer = core.answers.open(task)
        do {
            try await publish(submission)
        } catch {
            core.answers.forget(task.id)
            throw error
        }
        return AnswerStream(task: task, buffer: buffer)
    }
}
