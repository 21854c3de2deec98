import MoltBotCore
import MoltBotMessaging

/// Sends the tasks of one command and tells of each of them.
struct SubmitJob: Sendable {
    let batch: TaskBatch
    let console: Console
    let printsJSON: Bool

    /// Prints the id of each task once the broker has it. All are sent, also when nobody reads on, as `head` does not.
    func send(_ session: BrokerSession) async throws {
        let submitter = TaskSubmitter(session.publishing, logger: session.logger)
        var progress = ProgressBar(console, "tasks sent", of: batch.count)
        var closed: Console.Closed?
        try await TaskSender { try await submitter.submit($0) }.sendAll(batch.tasks) { task in
            progress.clear()
            do throws(Console.Closed) {
                if closed == nil { try confirm(task) }
            } catch {
                closed = error
            }
            progress.advance()
        }
        progress.clear()
        if let closed, !closed.isByReader { throw closed }
    }

    private func confirm(_ task: TaskSubmission) throws(Console.Closed) {
        guard printsJSON else { return try console.print(task.id.rawValue) }
        try console.print { writer in
            writer.beginObject()
            writer.member("task_id", task.id.rawValue)
            writer.member("workspace", task.workspace.name)
            writer.member("status", TaskStatus.queued.rawValue)
            writer.endObject()
        }
    }
}
