import CurlHTTP
import Logging
import ModelProviders
import MoltBotConfig
import MoltBotCore
import MoltBotMessaging
import MoltBotWorker
import ServiceLifecycle

/// Puts workers together from the settings.
struct WorkerAssembly {
    let sessions: [BrokerSession]
    private let workers: [Worker]

    /// - Parameter count: workers, each with its own connections and its own share of concurrency.
    init(
        count: Int, settings: Settings, broker: BrokerAddress, preparation: TopologyPreparation, client: HTTPClient, logger: Logger
    ) throws {
        let models = try ModelDirectory(ModelConfiguration(settings.models), client: client)
        let configuration = WorkerConfiguration(settings.worker)
        let sessions = (0..<count).map { _ in
            BrokerSession(
                configuration: broker.configuration, role: "worker", logger: logger, setup: { _ in try await preparation.run() })
        }
        self.sessions = sessions
        workers = try sessions.map { session in
            try Worker(
                session: session, topology: preparation.topology, models: models, configuration: configuration, logger: logger,
                restoreTopology: { try await preparation.run() })
        }
    }

    /// In the order of starting: connections outlive what uses them.
    var services: [any Service] { sessions.flatMap(\.services) + [WorkerCrew(workers: workers)] }
}

/// Workers that end together: a service group would end one after the other, each with a grace period of its own.
private struct WorkerCrew: Service {
    let workers: [Worker]

    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in workers {
                group.addTask { try await worker.run() }
            }
            try await group.waitForAll()
        }
    }
}

extension ModelConfiguration {
    fileprivate init(_ settings: ModelSettings) {
        self.init(
            defaultModel: settings.defaultModel, catchAll: settings.openAI.map { .openAI($0.baseURL, apiKey: $0.apiKey) },
            echo: EchoProvider.Settings(delay: settings.echoDelay, failureRate: settings.echoFailureRate))
    }
}

extension Deployment {
    /// What OPENAI_BASE_URL and OPENAI_API_KEY name.
    fileprivate static func openAI(_ baseURL: String, apiKey: SecretString?) -> Deployment {
        Deployment(
            name: ProviderKind.openAI.name, provider: .openAI, baseURL: baseURL,
            credentials: apiKey.map { [DeploymentCredential(name: "key", kind: .apiKey(.plain($0)))] } ?? [])
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
