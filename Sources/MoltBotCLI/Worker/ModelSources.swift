import CurlHTTP
import Logging
import MoltBotConfig
import MoltBotCore
import MoltBotMessaging
import MoltBotWorker

/// Keeps a process's models as the settings and the registry say, whichever of them changes.
actor ModelSources {
    nonisolated let models: ModelDirectory
    private let client: HTTPClient
    private let logger: Logger
    private var configuration: ModelConfiguration
    private var entries: [String: DeploymentEntry] = [:]
    private var hasRegistry = false
    /// What was said about names that nobody serves.
    private var warnings: Set<String> = []
    private var waiting: [CheckedContinuation<Void, Never>] = []

    /// - Throws: ``SettingsError``, ``ModelError`` when the settings can't be used.
    init(_ settings: Settings, client: HTTPClient, logger: Logger) throws {
        configuration = try ModelConfiguration(settings)
        models = try ModelDirectory(configuration, client: client)
        self.client = client
        self.logger = logger
    }

    /// - Throws: ``SettingsError``, ``ModelError``; what was in force stays so.
    func apply(_ settings: Settings) throws {
        let new = try ModelConfiguration(settings)
        try take(new)
        configuration = new
        if hasRegistry { warn() }
    }

    func apply(_ records: [RegistryRecord]) {
        for record in records { take(record) }
        if !records.isEmpty {
            rebuild()
            logger.info(
                "The registry's models were read",
                metadata: ["moltbot.deployments": "\(records.prefix(20).map(\.id).joined(separator: ", "))"])
        }
        hasRegistry = true
        warn()
        for waiter in waiting { waiter.resume() }
        waiting = []
    }

    /// Returns when the registry's deployments are known: before that, a task that names one of them would fail for ever.
    func registryRead() async {
        guard !hasRegistry else { return }
        await withCheckedContinuation { waiting.append($0) }
    }

    /// Ends the wait of those who would wait in vain.
    func goOnWithoutRegistry() {
        for waiter in waiting { waiter.resume() }
        waiting = []
    }

    private func take(_ record: RegistryRecord) {
        guard record.value != nil else {
            entries[record.id] = nil
            return
        }
        do {
            let entry = try DeploymentEntry(record)
            // Its address can be used: one that can't must not keep all the others from being changed.
            _ = try DeploymentTrial(entry.deployment, configuration, client: client)
            entries[record.id] = entry
        } catch {
            // What was known of it may be just what was to be replaced.
            entries[record.id] = nil
            logger.error(
                "A deployment of the registry can't be used; replace it with `moltbot models add --replace`",
                metadata: ["moltbot.deployment": "\(record.id)", "moltbot.reason": "\(error)"])
        }
    }

    private func rebuild() {
        do throws(ModelError) {
            try take(configuration)
        } catch {
            logger.error("The models stay as they were: a change can't be used", metadata: ["moltbot.reason": "\(error.message)"])
        }
    }

    /// Says once what is most often a misspelt name. The registry's models have to be known.
    private func warn() {
        let found = models.configuration.unservedNames
        for warning in found where !warnings.contains(warning) {
            logger.warning("A model is named that nobody serves", metadata: ["moltbot.reason": "\(warning)"])
        }
        warnings = Set(found)
    }

    /// The settings' deployments with those of the registry.
    private func take(_ settings: ModelConfiguration) throws(ModelError) {
        var configuration = settings
        configuration.add(entries.values.sorted { $0.deployment.name < $1.deployment.name })
        try models.update { $0 = configuration }
    }
}
