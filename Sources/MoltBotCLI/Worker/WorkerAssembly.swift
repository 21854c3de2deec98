import CurlHTTP
import Logging
import MoltBotConfig
import MoltBotCore
import MoltBotMessaging
import MoltBotWorker
import ServiceLifecycle

/// Puts workers together from the settings.
struct WorkerAssembly {
    private let sessions: [BrokerSession]
    private let crew: WorkerCrew
    private let models: [any Service]

    /// - Parameter count: workers, each with its own connections and its own share of concurrency.
    init(
        count: Int, settings: Settings, broker: BrokerAddress, preparation: TopologyPreparation, client: HTTPClient, logger: Logger
    ) throws {
        let sources = try ModelSources(settings, client: client, logger: logger)
        let configuration = WorkerConfiguration(settings.worker)
        let sessions = (0..<count).map { _ in
            BrokerSession(
                configuration: broker.configuration, role: "worker", logger: logger, setup: { _ in try await preparation.run() })
        }
        self.sessions = sessions
        let workers = try sessions.map { session in
            try Worker(
                session: session, topology: preparation.topology, models: sources.models, configuration: configuration, logger: logger,
                restoreTopology: { try await preparation.run() })
        }
        crew = WorkerCrew(workers: workers, sources: sources, logger: logger)
        models =
            [ReloadedModels(sources: sources, settings: settings, logger: logger)]
            + sessions.prefix(1).map { RegistryModels(sources: sources, session: $0) }
    }

    /// Returns when all workers take tasks, or when the caller is cancelled.
    func waitUntilTaking() async {
        for worker in crew.workers { await worker.waitUntilTaking() }
    }

    /// Says what still runs, and how long it may; nothing when nothing does.
    func announceStop(in context: CommandContext) {
        let count = crew.workers.reduce(0) { $0 + $1.runningCount }
        guard count > 0 else { return }
        let limit = context.settings.worker.gracePeriod.components.seconds
        context.announce(
            "Stopping: \(count) \(count == 1 ? "task runs" : "tasks run"), for at most \(limit) s; press Ctrl-C again to stop at once.")
    }

    /// In the order of starting: connections outlive what uses them.
    var services: [any Service] { sessions.flatMap(\.services) + models + [crew] }
}

/// Workers that end together: a service group would end one after the other, each with a grace period of its own.
private struct WorkerCrew: Service {
    /// A broker without a registry stream must not keep workers from their tasks.
    private static let patience = Duration.seconds(10)

    let workers: [Worker]
    let sources: ModelSources
    let logger: Logger

    func run() async throws {
        await waitForModels()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in workers {
                group.addTask { try await worker.run() }
            }
            try await group.waitForAll()
        }
    }

    private func waitForModels() async {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Bool.self) { group in
                group.addTask {
                    await sources.registryRead()
                    return true
                }
                group.addTask {
                    _ = try? await Task.sleep(for: Self.patience)
                    return false
                }
                if await group.next() == false, !Task.isCancelled {
                    logger.warning(
                        "The registry could not be read yet; working with the models of the settings. Look at `moltbot topology plan`")
                }
                await sources.goOnWithoutRegistry()
                group.cancelAll()
            }
        }
    }
}

extension WorkerConfiguration {
    fileprivate init(_ settings: WorkerSettings) {
        self.init()
        concurrency = settings.concurrency
        reservedSlots = settings.reservedSlots
        workspaces = settings.workspaces
        defaultTimeout = settings.taskTimeout
        maximumTimeout = settings.maximumTaskTimeout
        maximumTaskBytes = settings.maximumTaskBytes
        gracePeriod = settings.gracePeriod
        startNewsDelay = settings.startNewsDelay
        retry = settings.retry
    }
}
