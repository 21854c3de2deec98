internal import AMQP
internal import Logging
internal import MoltBotCore
internal import NIOCore

/// The batches that are worked on. Each is with one node at a time; when that dies, another one has it at once.
package struct BatchInbox: Sendable {
    package enum Verdict: Sendable {
        /// Nobody works on it again, and its queue goes with what is in it.
        case done
        /// Others get their turn, and this one again after them.
        case later(BatchNotes)
    }

    /// Batches that one node works on at once.
    private static let prefetch: UInt16 = 64
    private static let pause = Duration.seconds(5)

    private let session: BrokerSession

    package init(_ session: BrokerSession) {
        self.session = session
    }

    /// Works on batches until cancelled or shut down.
    /// - Parameter work: may take less than the broker's consumer timeout, half an hour; ends soon after the batch was taken back
    ///   (``BatchQueue/isTakenBack``), and then its verdict does not count.
    package func run(_ work: @escaping @Sendable (TaskBatch, BatchNotes, BatchQueue) async -> Verdict) async {
        // Ends with a shutdown or a cancellation only: the recovery never gives up.
        try? await session.consuming.consume(
            AMQPSubscription(queue: BrokerNames.Queue.batches, prefetch: Self.prefetch), recover: { await recover(from: $0) }
        ) {
            await handle($0, work)
        }
    }

    /// Whether batches wait that no node works on, because all have as many as they take at once. False when the broker does not say.
    package func hasOthers() async -> Bool {
        let status = try? await session.consuming.withChannel {
            try await $0.queueDeclare(AMQPQueue(name: BrokerNames.Queue.batches), passive: true)
        }
        return (status?.messageCount ?? 0) > 0
    }

    private func recover(from error: AMQPError) async {
        session.logger.error(
            error.replyCode == 403
                ? "This user may not read the queue of batches; grant it the read permission. Trying again"
                : "Lost the queue of batches; trying again. If it was deleted, run: moltbot topology apply",
            metadata: ["amqp.error": "\(error)"])
        // Cut short by a shutdown, which ends the consumer as well.
        try? await Task.sleep(for: Self.pause)
    }

    private func handle(
        _ delivery: AMQPDelivery, _ work: @Sendable (TaskBatch, BatchNotes, BatchQueue) async -> Verdict
    ) async -> AMQPDisposition {
        guard let document = try? delivery.body.withUnsafeReadableBytes({ try JSONValue.parse($0) }), let batch = TaskBatch(document) else {
            session.logger.error("Dropped a message on the queue of batches that is none")
            return .ack
        }
        let now = Timestamp.now()
        var notes = BatchNotes(document["notes"], wasInterrupted: delivery.isRedelivered, now: now) ?? BatchNotes(batch, now: now)
        let queue = BatchQueue(session, batch, heldBy: delivery)
        let verdict = await work(batch, notes, queue)
        // Whoever has it now says what becomes of it: another message would be a second batch beside that one.
        if queue.isTakenBack { return .requeue }
        switch verdict {
        case .done:
            do {
                try await queue.remove()
                return .ack
            } catch {
                // Without its message nobody would ever look at the queue again.
                session.logger.warning(
                    "Cannot delete the queue of a batch that is done; trying again",
                    metadata: ["moltbot.batch.id": "\(batch.id)", "amqp.error": "\(error)"])
            }
        case .later(let latest):
            notes = latest
        }
        if queue.isTakenBack { return .requeue }
        // Behind the others; a requeued message would come back first.
        return (try? await session.publishing.publish(batch.message(to: .inbox, notes))) == nil ? .requeue : .ack
    }
}
