internal import FoundationEssentials
internal import MoltBotCore
internal import MoltBotMessaging

extension MoltBot {
    /// Gives MoltBot a task, and returns when the broker has stored it. While the broker is away, or refuses because a queue is full, it
    /// tries until it succeeds or you cancel.
    /// - Throws: ``MoltBotError``: `invalidRequest`, `unknownWorkspace`, `refused`, `closed`, `cancelled`.
    @discardableResult
    public func submit(_ request: Request, priority: Priority = .normal) async throws(MoltBotError) -> SubmittedTask {
        let submission = try submission(of: request, priority, isStreamed: false)
        try await publish(submission)
        return task(submission)
    }

    /// The request as a task of this client.
    func submission(of request: Request, _ priority: Priority, isStreamed: Bool) throws(MoltBotError) -> TaskSubmission {
        do throws(InvalidTask) {
            let id = request.id.map { TaskID($0) } ?? TaskID()
            guard let id else {
                throw InvalidTask(problems: [
                    FieldProblem(path: "id", message: "expected 1 to \(TaskID.maximumLength) visible ASCII characters, best a UUID")
                ])
            }
            return TaskSubmission(
                id: id, workspace: core.workspace, request: try request.taskRequest(isStreamed: isStreamed), priority: priority.value,
                replyTo: core.replyQueue, correlationID: id.rawValue)
        } catch {
            throw MoltBotError(error)
        }
    }

    func task(_ submission: TaskSubmission) -> SubmittedTask {
        SubmittedTask(id: submission.id.rawValue, submittedAt: Date(submission.createdAt), replyQueue: core.replyQueue)
    }

    /// Returns when the broker has the task.
    func publish(_ submission: TaskSubmission) async throws(MoltBotError) {
        let submitter = core.submitter
        try await core.operations.run { try await submitter.submit(submission) }
    }
}
