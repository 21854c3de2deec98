internal import ModelProviders
internal import MoltBotCore
internal import MoltBotMessaging
internal import Synchronization

/// One call of a model for a task, which a cancel request ends early.
struct ModelAttempt: Sendable {
    let task: TaskEnvelope
    let request: TaskRequest
    let deployment: ModelDirectory.Deployment
    let number: Int
    let timeout: Duration
    let events: EventPublisher
    let executor: any TaskExecutor

    /// Calls the model, and ends the call when the task is cancelled or the worker stops.
    func run(until cancelled: OneShot) async -> Result<ModelAnswer, ModelError> {
        // A task of its own, because a cancel request ends the call and nothing else of the run. It never outlives the wait for it.
        let call = Task(executorPreference: executor) { await self.call() }
        let registration = cancelled.whenFired { call.cancel() }
        defer { cancelled.forget(registration) }
        return await withTaskCancellationHandler {
            await call.value
        } onCancel: {
            call.cancel()
        }
    }

    private func call() async -> Result<ModelAnswer, ModelError> {
        let call = ModelCall(
            model: deployment.model, content: request.content, parameters: request.parameters, timeout: timeout,
            isStreamed: request.stream, attempt: number)
        do throws(ModelError) {
            return .success(try await deployment.provider.complete(call, onDelta: onDelta))
        } catch {
            return .failure(error)
        }
    }

    /// Pieces go to the reply queue only, and only when the task asks for them.
    private var onDelta: (@Sendable (ModelDelta) async throws -> Void)? {
        guard request.stream, let replyTo = task.replyTo else { return nil }
        let sequence = Mutex(0)
        return { delta in
            let number = sequence.withLock { value in
                value += 1
                return value
            }
            let progress = TaskProgress(taskID: task.id, workspace: task.queue.workspace, sequence: number, delta: delta.text)
            await events.progress(TaskEvent(progress), of: task, to: replyTo)
        }
    }
}
