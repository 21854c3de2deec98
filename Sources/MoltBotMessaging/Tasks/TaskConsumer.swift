package import AMQP
internal import MoltBotCore
internal import ServiceLifecycle
internal import Synchronization

/// Takes tasks from the queues of one workspace and runs at most `slots` of them at once.
///
/// On a priority queue the broker hands over exactly as many tasks as there are free slots, so the next one is always the highest of
/// all that wait. With a queue a lane, each may hand over that many; a ``LaneGate`` chooses, and the rest wait here unstarted.
///
/// The gate is there for a single queue as well. Calls outlive the channel that they came on, and the broker, which knows nothing of
/// them, fills the next channel with as many tasks again. Those wait here until the calls end, out of the reach of other workers, and a
/// higher task that comes to the queue does not pass them. Tasks in a queue a lane wait like this at any time; without the gate there
/// would be twice the calls that memory and the model servers were reckoned for. A smaller prefetch for that while is no way out:
/// RabbitMQ applies a new one only to consumers that begin after it.
package struct TaskConsumer: Sendable {
    private let session: BrokerSession
    private let queues: [TaskQueue]
    private let slots: Int
    private let reservedSlots: Int
    private let workspaces: Int
    private let restore: @Sendable () async throws -> Void
    private let returns: TaskReturns

    /// - Parameters:
    ///   - slots: 1 to 65,535.
    ///   - reservedSlots: how many of them are for the critical lane alone, where lanes have queues of their own.
    ///   - workspaces: whose consumers share the connection.
    ///   - restore: declares what a lost queue needs, where that is allowed; runs before a consumer starts again.
    /// For a broker: as long as this program runs.
    package static let longestWait = Duration.seconds(86_400 * 365)

    package init(
        _ session: BrokerSession, queues: [TaskQueue], slots: Int, reservedSlots: Int = 0, workspaces: Int = 1,
        restore: @escaping @Sendable () async throws -> Void
    ) {
        self.session = session
        self.queues = queues
        self.slots = min(max(1, slots), Int(UInt16.max))
        self.workspaces = workspaces
        self.reservedSlots = reservedSlots
        self.restore = restore
        returns = TaskReturns(session.publishing, logger: session.logger)
    }

    /// Consumes until shut down (then returns when the running tasks are done) or cancelled.
    /// - Parameters:
    ///   - begun: called once, when the broker has let it consume all its queues, each with a part of the slots at first.
    ///   - repeated: settles a task that this process runs already, or has ended, which takes no slot: after a lost connection these are
    ///     the first to come. Nil for any other.
    package func run(
        begun: @escaping @Sendable () -> Void = {}, repeated: @escaping @Sendable (TaskEnvelope) async -> AMQPDisposition? = { _ in nil },
        _ handler: @escaping @Sendable (TaskEnvelope) async -> AMQPDisposition
    ) async {
        // One queue holds every lane: slots that it kept back from the broker's order would only be empty.
        let gate = LaneGate(slots: slots, reserved: queues.count > 1 ? reservedSlots : 0)
        let expected = Expected(queues)
        // A task taken before this worker can publish would only wait here, and only the broker says how many channels there may be.
        // Whatever ends this wait ends the consumers as well.
        try? await cancelWhenGracefulShutdown { try await session.waitUntilConnected(within: Self.longestWait) }
        let shares = SlotShares(
            slots: slots, queues: queues.count * workspaces, channels: session.consuming.status.maximumChannels ?? 1)
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                for queue in queues {
                    let recovery = QueueRecovery(of: queue.name, restore: restore, logger: session.logger)
                    for share in shares.shares {
                        group.addTask {
                            await consume(queue, share, recovery, started: { if expected.hasBegun(queue) { begun() } }) { task in
                                if let disposition = await repeated(task) { return disposition }
                                guard await gate.enter(task.lane) else { return await giveBack(task) }
                                let disposition = await handler(task)
                                gate.leave()
                                return disposition
                            }
                        }
                    }
                }
            }
        } onGracefulShutdown: {
            gate.close()
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

    /// A part of the slots of one queue, until shut down or cancelled: the recovery never gives up.
    private func consume(
        _ queue: TaskQueue, _ share: SlotShares.Share, _ recovery: QueueRecovery,
        started: @escaping @Sendable () -> Void,
        _ handler: @escaping @Sendable (TaskEnvelope) async -> AMQPDisposition
    ) async {
        if share.opens > .zero { try? await cancelWhenGracefulShutdown { try await Task.sleep(for: share.opens) } }
        let consume: @Sendable () async -> Void = {
            // Only a cancellation is thrown, and then the caller ends as well.
            try? await session.consuming.consume(
                AMQPSubscription(queue: queue.name, prefetch: UInt16(share.slots)), recover: { await recovery.recover(from: $0) },
                started: started
            ) { delivery in await handler(TaskEnvelope(delivery, from: queue)) }
        }
        if queue.lane == .critical { await urgently(consume) } else { await consume() }
    }

    /// Within the worker as well, a critical task stands behind no burst of others: see ``AMQPLoopExecutor``. A task of its own, because
    /// a child's steps have its parent's priority, whatever `addTask(priority:)` is told (Swift 6.3 on Linux).
    private func urgently(_ consume: @escaping @Sendable () async -> Void) async {
        let consuming = Task(executorPreference: session.executor, priority: .high, operation: consume)
        await withTaskCancellationHandler {
            await consuming.value
        } onCancel: {
            consuming.cancel()
        }
    }
}
