package import CurlHTTP
internal import ModelProviders
package import MoltBotCore
internal import MoltBotMessaging
internal import Synchronization

/// Which deployments serve a model name, at this moment.
///
/// `echo` is always there. What changes here concerns the calls that begin afterwards.
package final class ModelDirectory: Sendable {
    private struct Catalogue {
        var pools: [String: ModelPool]
        var catchAll: ModelPool?
        var configuration: ModelConfiguration
    }

    private static let echoName = "echo"

    /// Names this process among those that call models.
    let id = UUIDText.version7()
    private let client: HTTPClient
    private let roster: Mutex<WorkerRoster>
    private let isSpokenFor = Mutex(false)
    private let catalogue: Mutex<Catalogue>
    /// What the calls found out about deployments and keys, for whoever tells it to others.
    let health: AsyncStream<[HealthChange]>
    private let healthNews: AsyncStream<[HealthChange]>.Continuation
    /// News that wait for a broker that is away; the oldest give way.
    private static let maximumNews = 1000

    /// - Throws: ``ModelError`` of kind `invalidRequest` when a deployment's address is none.
    package init(_ configuration: ModelConfiguration, client: HTTPClient) throws(ModelError) {
        self.client = client
        roster = Mutex(WorkerRoster(own: id))
        (health, healthNews) = AsyncStream.makeStream(of: [HealthChange].self, bufferingPolicy: .bufferingNewest(Self.maximumNews))
        let factory = Factory(configuration, client)
        var deployments = configuration.deployments
        if !deployments.contains(where: { $0.model == Self.echoName }) {
            deployments.append(Deployment(name: Self.echoName, provider: .echo))
        }
        let pools = try factory.pools(deployments)
        let catchAll = try configuration.catchAll.map { (deployment) throws(ModelError) in
            ModelPool(
                model: deployment.model,
                DeploymentPool([try factory.deployed(deployment, isCatchAll: true)], zone: configuration.zone, policy: configuration.health)
            )
        }
        catalogue = Mutex(Catalogue(pools: pools, catchAll: catchAll, configuration: configuration))
    }

    /// Who serves a task's model.
    /// - Throws: ``ModelError``: `invalidRequest` when the task names none and there is no default, `notFound` when nobody serves it.
    func pool(for requested: String?) throws(ModelError) -> (pool: ModelPool, model: String) {
        let (found, model, known) = catalogue.withLock { catalogue -> (ModelPool?, String?, [String]) in
            guard let model = requested ?? catalogue.configuration.defaultModel else { return (nil, nil, []) }
            guard let pool = catalogue.pools[model] ?? catalogue.catchAll else { return (nil, model, catalogue.pools.keys.sorted()) }
            return (pool, model, [])
        }
        guard let model else {
            throw ModelError(
                .invalidRequest, message: "the task names no model and the worker has no default; set \"model\", or models.default")
        }
        guard let found else { throw Self.unknown(model, known: known) }
        return (found, model)
    }

    /// Begins a task's first call.
    /// - Throws: ``ModelError`` like ``pool(for:)``, and `overloaded` when every deployment is out of service for now.
    func firstCall(for request: TaskRequest) throws(ModelError) -> PlannedCall {
        let (pool, model) = try pool(for: request.model)
        switch pool.begin(CallNeeds(request, default: configuration.strategy), model: model) {
        case .call(let call): return call
        case .none(let until, let reason):
            let why = reason.map { ": \($0.message)" } ?? ""
            throw ModelError(
                reason.flatMap { $0.isRetryable ? nil : $0.kind } ?? .overloaded, status: reason?.status,
                message: "no deployment of model \"\(model)\" is in service now\(why)", retryAfter: until.map { max($0 - .now, .zero) })
        }
    }

    func ended(_ call: PlannedCall, _ end: CallEnd) {
        let changes = call.pool.ended(call, end)
        if !changes.isEmpty { healthNews.yield(changes) }
    }

    /// What another worker says.
    func heard(_ change: HealthChange) {
        for pool in pools { pool.heard(change) }
    }

    func heard(_ presence: WorkerPresence) {
        roster.withLock { $0.heard(presence, at: .now) }
        countWorkers()
    }

    /// Takes this process's part of the limits anew.
    func countWorkers() {
        let share = roster.withLock { $0.share(at: .now) }
        for pool in pools { pool.changeShare(to: share) }
    }

    /// True for the first worker that asks: the one that tells others what all of this process's workers find out.
    func claimVoice() -> ModelDirectory? {
        isSpokenFor.withLock { isSpokenFor in
            defer { isSpokenFor = true }
            return isSpokenFor ? nil : self
        }
    }

    private var pools: [ModelPool] {
        catalogue.withLock { catalogue in Array(catalogue.pools.values) + (catalogue.catchAll.map { [$0] } ?? []) }
    }

    var configuration: ModelConfiguration { catalogue.withLock { $0.configuration } }

    private static func unknown(_ model: String, known: [String]) -> ModelError {
        let hint = Spelling.nearest(to: model, in: known).map { "did you mean \"\($0)\"? " } ?? ""
        let names = known.prefix(20).map { "\"\($0)\"" }.joined(separator: ", ")
        return ModelError(
            .notFound,
            message: "no provider serves model \"\(model)\"; \(hint)this worker knows \(names). Add it with `moltbot models add` or in the "
                + "settings file, or set OPENAI_BASE_URL or OPENAI_API_KEY to reach any other one")
    }
}

/// Puts pools together.
private struct Factory {
    private let configuration: ModelConfiguration
    private let client: HTTPClient
    private let providers: ProviderFactory

    init(_ configuration: ModelConfiguration, _ client: HTTPClient) {
        self.configuration = configuration
        self.client = client
        providers = ProviderFactory(client: client, echo: EchoProvider(settings: configuration.echo))
    }

    func pools(_ deployments: [Deployment]) throws(ModelError) -> [String: ModelPool] {
        var pools: [String: ModelPool] = [:]
        for (model, deployments) in Dictionary(grouping: deployments, by: \.model) {
            let deployed = try deployments.map { (deployment) throws(ModelError) in try self.deployed(deployment) }
            pools[model] = ModelPool(model: model, DeploymentPool(deployed, zone: configuration.zone, policy: configuration.health))
        }
        return pools
    }

    func deployed(_ deployment: Deployment, isCatchAll: Bool = false) throws(ModelError) -> DeployedModel {
        let prices =
            deployment.prices ?? configuration.prices?.entry(of: deployment.providerModel, at: deployment.provider)?.prices
        return DeployedModel(
            deployment, provider: try providers.provider(for: deployment),
            keys: deployment.credentials.map { configuration.credentials.key($0, of: deployment.name, client: client) },
            prices: prices, isCatchAll: isCatchAll)
    }
}
