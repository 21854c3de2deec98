internal import AMQP
package import Logging
internal import MoltBotCore
package import MoltBotMessaging
internal import ServiceLifecycle

/// Runs tasks from the queues of its workspaces until it is shut down.
///
/// Graceful shutdown takes no more tasks, gives back those that have not started and returns when the running ones have ended;
/// cancellation leaves what still runs to redelivery.
package struct Worker: Service {
    private let session: BrokerSession
    private let configuration: WorkerConfiguration
    private let consumers: [TaskConsumer]
    private let runner: TaskRunner
    private let control: ControlLine
    /// One of the workers that share a process's models speaks for all of them.
    private let sharing: ModelSharing?
    /// Happens when the orders to cancel that were given before the start are known.
    private let ordersKnown = OneShot()
    /// Happens when what is said to all is heard here, or can't be yet.
    private let controlSettled = OneShot()
    /// Each happens when the broker has let a workspace's consumer begin.
    private let begun: [OneShot]
    /// A stream that is missing, or may not be read, must not stop all work.
    private static let ordersPatience = Duration.seconds(10)

    /// - Parameters:
    ///   - ledgerPatience: how long a task waits for the ledger to say whether it was paid for (design: 2 s).
    ///   - restoreTopology: brings back a queue that was deleted, or says what is missing.
    /// - Throws: ``TopologyError`` when a workspace has no queues in the topology.
    package init(
        session: BrokerSession, topology: Topology, models: ModelDirectory, configuration: WorkerConfiguration, logger: Logger,
        ledgerPatience: Duration = .seconds(2), restoreTopology: @escaping @Sendable () async throws -> Void
    ) throws(TopologyError) {
        self.session = session
        self.configuration = configuration
        let control = ControlLine(session)
        self.control = control
        sharing = models.enlist().map {
            ModelSharing(
                models: $0, workspaces: configuration.workspaces, control: control, events: ModelEventPublisher(session.publishing),
                logger: logger)
        }
        consumers = try configuration.workspaces.map { (workspace) throws(TopologyError) in
            let queues = topology.taskQueues(of: workspace)
            guard !queues.isEmpty else {
                throw TopologyError(
                    .mismatch,
                    "the topology file has no task queue for workspace \"\(workspace)\": add it under repeat.workspace, then apply")
            }
            return TaskConsumer(
                session, queues: queues, slots: configuration.concurrency, reservedSlots: configuration.reservedSlots,
                workspaces: configuration.workspaces.count, restore: restoreTopology)
        }
        begun = consumers.map { _ in OneShot() }
        runner = TaskRunner(
            configuration: configuration, models: models,
            search: OutcomeSearch(
                session: session, control: control, nodes: LedgerLookup(session, control: control, patience: ledgerPatience),
                ledger: LedgerTail(session, patience: ledgerPatience)),
            session: session, logger: logger)
    }

    package func run() async throws {
        // Detached, or the shutdown would end it at once: until the last task has ended, others cancel it or ask who runs it.
        let attending = Task.detached { await attend() }
        await learnOrders()
        // Tasks run where the connections live: each one publishes and settles, and hardly computes.
        await withTaskExecutorPreference(session.executor) { await consume() }
        attending.cancel()
        await attending.value
    }

    /// Returns when this worker takes tasks of all its workspaces, and cancellations of them; or when the caller is cancelled.
    package func waitUntilTaking() async {
        for beginning in begun { await beginning.wait() }
        await controlSettled.wait()
    }

    /// Tasks that run here now.
    package var runningCount: Int { runner.running.count }

    /// No task is taken before this worker knows which ones were cancelled.
    private func learnOrders() async {
        do {
            try await cancelWhenGracefulShutdown {
                try await session.publishing.waitUntilConnected(within: TaskConsumer.longestWait)
                await withTaskGroup(of: Void.self) { group in
                    group.addTask { await ordersKnown.wait() }
                    // Cut short when the orders are known.
                    group.addTask { try? await Task.sleep(for: Self.ordersPatience) }
                    await group.next()
                    group.cancelAll()
                }
                try Task.checkCancellation()
            }
        } catch {
            return
        }
        guard !ordersKnown.hasFired else { return }
        runner.logger.warning("The orders to cancel tasks can't be read; tasks that were cancelled before this start may run")
    }

    /// What goes on beside the tasks, until cancelled.
    private func attend() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await runner.startNews.run() }
            group.addTask {
                await CancelOrders(session).follow {
                    runner.running.withdraw($0, of: $1)
                } upToDate: {
                    ordersKnown.fire()
                }
            }
            group.addTask { await sharing?.run() }
            group.addTask {
                await control.run { message in
                    switch message {
                    case .cancel(let ids, let workspace): return runner.running.cancel(ids, of: workspace)
                    case .holding(let ids, let workspace): return runner.running.held(ids, of: workspace)
                    case .models, .presence:
                        sharing?.heard(message)
                        return nil
                    case .modelStatus: return sharing.map { ControlAnswer(models: $0.conditions, cache: $0.models.cacheStatistics) }
                    }
                } settled: {
                    controlSettled.fire()
                }
            }
        }
    }

    /// Returns when all running tasks have ended, or when the grace period after a shutdown is over. It ends here, before the
    /// connections do, so that what still runs can be given back in good order.
    private func consume() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await withTaskGroup(of: Void.self) { consuming in
                    for (consumer, begun) in zip(consumers, begun) {
                        consuming.addTask {
                            await consumer.run(begun: { begun.fire() }, repeated: { await runner.settleRepeated($0) }) {
                                await runner.run($0)
                            }
                        }
                    }
                }
            }
            group.addTask {
                // Either wait ends early only when the consumers have ended first.
                guard (try? await gracefulShutdown()) != nil else { return }
                try? await Task.sleep(for: configuration.gracePeriod)
            }
            await group.next()
            group.cancelAll()
        }
    }
}
