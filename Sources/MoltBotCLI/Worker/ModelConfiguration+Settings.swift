import CurlHTTP
import Foundation
import ModelProviders
import MoltBotConfig
import MoltBotCore
import MoltBotMessaging
import MoltBotWorker

extension ModelConfiguration {
    /// What the settings say.
    /// - Throws: ``SettingsError`` when the credentials file or the price file can't be used.
    init(_ settings: Settings) throws(SettingsError) {
        let models = settings.models
        self.init(
            defaultModel: models.defaultModel, deployments: models.deployments,
            catchAll: models.openAI.map { .openAI($0.baseURL, apiKey: $0.apiKey) },
            echo: EchoProvider.Settings(delay: models.echoDelay, failureRate: models.echoFailureRate))
        isFailoverEnabled = models.failover.isEnabled
        failoverInterval = models.failover.retryInterval
        zone = models.zone
        strategy = models.strategy
        prices = try models.prices()
        workspaceLimits = models.workspaceLimits
        cacheLifetime = models.cacheLifetime
        cacheBytes = models.cacheBytes
        let keys = MasterKeySource(settings.registry)
        credentials = CredentialSource(environment: ProcessInfo.processInfo.environment, named: try models.credentials().entries) {
            try SecretSeal(try keys.keys()).open($0, of: .deployment, id: $1)
        }
        giveWay()
    }

    /// With the entries of the registry, which take the place of deployments of the same name in the file.
    mutating func add(_ entries: some Sequence<DeploymentEntry>) {
        for entry in entries {
            let deployment = entry.deployment
            deployments.removeAll { $0.name == deployment.name }
            if entry.workspace == .default {
                deployments.append(deployment)
            } else {
                ownDeployments[entry.workspace, default: []].append(deployment)
            }
        }
        giveWay()
    }

    /// Whoever takes a name on purpose goes before the one that came with the environment.
    private mutating func giveWay() {
        let names = (deployments + ownDeployments.values.flatMap(\.self)).map(\.name)
        if let name = catchAll?.name, names.contains(name) { catchAll?.name = name + "-environment" }
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
