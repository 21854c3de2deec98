internal import ModelProviders
internal import MoltBotCore
internal import MoltBotMessaging
internal import Synchronization

/// Sends the pieces of a streamed answer to the reply queue, and knows whether there has been one.
final class DeltaListener: Sendable {
    private let task: TaskEnvelope
    private let replyTo: String
    private let events: EventPublisher
    private let sequence = Mutex(0)

    init(task: TaskEnvelope, replyTo: String, events: EventPublisher) {
        self.task = task
        self.replyTo = replyTo
        self.events = events
    }

    /// Once somebody has seen a part of an answer, no other model can go on with it.
    var hasDelivered: Bool { sequence.withLock { $0 > 0 } }

    var handler: DeltaHandler {
        { delta in await self.send(delta) }
    }

    private func send(_ delta: ModelDelta) async {
        let number = sequence.withLock { value in
            value += 1
            return value
        }
        let progress = TaskProgress(taskID: task.id, workspace: task.queue.workspace, sequence: number, delta: delta.text)
        await events.progress(TaskEvent(progress), of: task, to: replyTo)
    }
}
