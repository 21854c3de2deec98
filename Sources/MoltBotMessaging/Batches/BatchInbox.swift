internal import AMQP
internal import Logging

/// The batches that are worked on. Each is with one node at a time; when that dies, another one has it at once.
package struct BatchInbox: Sendable {
    package enum Verdict: Sendable {
        /// All of its tasks were handed to the workers.
        case done
        /// Others get their turn, and this one again after them.
        case later
    }

    /// Batches that one node works on at once.
    private static let prefetch: UInt16 = 64
    private static let pause = Duration.seconds(5)

    private let session: BrokerSession

    package init(_ session: BrokerSession) {
        self.session = session
    }

    /// Works on batches until cancelled or shut down.
    /// - Parameter work: may take less than the broker's consumer timeout, half an hour.
    package func run(_ work: @escaping @Sendable (TaskBatch, BatchQueue) async -> Verdict) async {
        // Ends with a shutdown or a cancellation only: the recovery never gives up.
        try? await session.consuming.consume(
            AMQPSubscription(queue: BrokerNames.Queue.batches, prefetch: Self.prefetch), recover: { await recover(from: $0) }
        ) {
            await handle($0, work)
        }
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
        _ delivery: AMQPDelivery, _ work: @Sendable (TaskBatch, BatchQueue) async -> Verdict
    ) async -> AMQPDisposition {
        guard let batch = TaskBatch(delivery) else {
            session.logger.error("Dropped a message on the queue of batches that is none")
            return .ack
        }
        let queue = BatchQueue(session, batch)
        switch await work(batch, queue) {
        case .done:
            await queue.remove()
            return .ack
        case .later:
            // Behind the others; a requeued message would come back first.
            return (try? await session.publishing.publish(batch.message(to: .inbox))) == nil ? .requeue : .ack
        }
    }
}
