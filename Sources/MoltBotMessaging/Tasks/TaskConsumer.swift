package import AMQP
internal import MoltBotCore
internal import ServiceLifecycle
internal import Synchronization

/// Takes tasks from the queues of one workspace and runs at most `slots` of them at once.
///
/// On a priority queue the broker hands over exactly as many tasks as there are free slots, so the next one is always the highest of
/// all that wait. With a queue a lane, each may hand over that many; a ``LaneGate`` chooses, and the rest wait here unstarted.
package struct TaskConsumer: Sendable {
    private let session: BrokerSession
    private let queues: [TaskQueue]
    private let slots: Int
    private let reservedSlots: Int
    private let restore: @Sendable () async throws -> Void
    private let returns: TaskReturns

    /// - Parameters:
    ///   - slots: 1 to 65,535.
    ///   - reservedSlots: how many of them are for the critical lane alone, where lanes have queues of their own.
    ///   - restore: declares what a lost queue needs, where that is allowed; runs before a consumer starts again.
    package init(
        _ session: BrokerSession, queues: [TaskQueue], slots: Int, reservedSlots: Int = 0,
        restore: @escaping @Sendable () async throws -> Void
    ) {
        self.session = session
        self.queues = queues
        self.slots = min(max(1, slots), Int(UInt16.max))
        self.reservedSlots = reservedSlots
        self.restore = restore
        returns = TaskReturns(session.publishing, logger: session.logger)
    }

    /// Consumes until shut down (then returns when the running tasks are done) or cancelled.
    /// - Parameter begun: called once, when the broker has let it consume all its queues.
    package func run(
        begun: @escaping @Sendable () -> Void = {}, _ handler: @escaping @Sendable (TaskEnvelope) async -> AMQPDisposition
    ) async {
        let gate = queues.count > 1 ? LaneGate(slots: slots, reserved: reservedSlots) : nil
        let expected = Expected(queues)
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                for queue in queues {
                    group.addTask { await consume(queue, gate, started: { if expected.hasBegun(queue) { begun() } }, handler) }
                }
            }
        } onGracefulShutdown: {
            gate?.close()
        }
    }

    /// The queues that have not been consumed yet.
    private final class Expected: Sendable {
        private let names: Mutex<Set<String>>

        init(_ queues: [TaskQueue]) {
            names = Mutex(Set(queues.map(\.name)))
        }

        /// True for the last one of them.
        func hasBegun(_ queue: TaskQueue) -> Bool {
            names.withLock { $0.remove(queue.name) != nil && $0.isEmpty }
        }
    }

    @inline(never)
    private func giveBack(_ task: TaskEnvelope) async -> AMQPDisposition {
        if task.isTakenBack { return .requeue }
        do {
            try await returns.giveBack(task)
            return .ack
        } catch {
            return .requeue
        }
    }

    /// One queue, until shut down or cancelled: the recovery never gives up.
    private func consume(
        _ queue: TaskQueue, _ gate: LaneGate?, started: @escaping @Sendable () -> Void,
        _ handler: @escaping @Sendable (TaskEnvelope) async -> AMQPDisposition
    ) async {
        let recovery = QueueRecovery(of: queue.name, restore: restore, logger: session.logger)
        // A task taken before this worker can publish would only wait here. Whatever ends this wait ends the consumer as well.
        try? await cancelWhenGracefulShutdown { try await session.publishing.waitUntilConnected(within: .seconds(300)) }
        // Only a cancellation is thrown, and then the caller ends as well.
        try? await session.consuming.consume(
            AMQPSubscription(queue: queue.name, prefetch: UInt16(slots)), recover: { await recovery.recover(from: $0) }, started: started
        ) { delivery in
            let task = TaskEnvelope(delivery, from: queue)
            guard let gate else { return await handler(task) }
            guard await gate.enter(queue.lane ?? .normal) else { return await giveBack(task) }
            let disposition = await handler(task)
            gate.leave()
            return disposition
        }
    }
}
