internal import ModelProviders
internal import MoltBotCore
internal import MoltBotMessaging
internal import Synchronization

/// Sends the pieces of a streamed answer to the reply queue, and knows whether there has been one.
///
/// The first piece that the broker does not take is the last one that is sent: the model would have to wait for each of the others, its
/// answer would come too late, and be paid for again. The result has them all.
final class DeltaListener: Sendable {
    private struct State {
        var sequence = 0
        var hasDelivered = false
        var isSilent = false
    }

    private let task: TaskEnvelope
    private let replyTo: String
    private let events: EventPublisher
    private let state = Mutex(State())

    init(task: TaskEnvelope, replyTo: String, events: EventPublisher) {
        self.task = task
        self.replyTo = replyTo
        self.events = events
    }

    /// Once somebody has seen a part of an answer, no other model can go on with it.
    var hasDelivered: Bool { state.withLock(\.hasDelivered) }

    var handler: DeltaHandler {
        { delta in await self.send(delta) }
    }

    private func send(_ delta: ModelDelta) async {
        let number: Int? = state.withLock { state in
            guard !state.isSilent else { return nil }
            state.sequence += 1
            return state.sequence
        }
        guard let number else { return }
        let progress = TaskProgress(taskID: task.id, workspace: task.queue.workspace, sequence: number, delta: delta.text)
        let isSent = await events.progress(TaskEvent(progress), of: task, to: replyTo)
        state.withLock { state in
            if isSent { state.hasDelivered = true } else { state.isSilent = true }
        }
    }
}
