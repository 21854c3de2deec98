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

    enum End: Sendable {
        case answered(Result<ModelAnswer, ModelError>)
        case cancelRequested
    }

    /// Calls the model and waits for a cancel request beside it. `onCancel` says whether the call is to be stopped.
    func run(until cancelled: OneShot, onCancel: () -> Void) async -> Result<ModelAnswer, ModelError> {
        await withTaskGroup(of: End.self) { group in
            group.addTask { .answered(await call()) }
            group.addTask {
                await cancelled.wait()
                return .cancelRequested
            }
            while let end = await group.next() {
                switch end {
                case .answered(let result):
                    group.cancelAll()
                    return result
                case .cancelRequested:
                    // Also comes when the whole run is cancelled; the call ends by itself then.
                    if cancelled.hasFired { onCancel() }
                    group.cancelAll()
                }
            }
            return .failure(ModelError(.cancelled, message: "the call was cancelled"))
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
            await events.progress(TaskEvent(progress), to: replyTo, correlationID: task.correlationID)
        }
    }
}
