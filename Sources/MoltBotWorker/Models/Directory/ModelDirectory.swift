package import CurlHTTP
package import MoltBotCore
internal import MoltBotMessaging
internal import Synchronization

/// Which deployments serve a model name, at this moment.
///
/// `echo` is always there. What changes here concerns the calls that begin afterwards.
package final class ModelDirectory: Sendable {
    private struct Catalogue {
        var shared: [String: ModelPool] = [:]
        /// Of workspaces that have deployments of their own.
        var own: [Workspace: [String: ModelPool]] = [:]
        var catchAll: ModelPool?
        var configuration: ModelConfiguration

        func pool(for model: String, of workspace: Workspace) -> ModelPool? {
            if !own.isEmpty, let pool = own[workspace]?[model] { return pool }
            return shared[model] ?? catchAll
        }

        var pools: [ModelPool] { Array(shared.values) + own.values.flatMap(\.values) + [catchAll].compactMap(\.self) }
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
        catalogue = Mutex(Catalogue(configuration: configuration))
        if let problem = apply(configuration).first { throw problem }
    }

    /// Takes another configuration. Calls that are on their way end as they began; deployments of a name that was there keep what is known of
    /// them.
    /// - Returns: why deployments were left out, each with its name.
    @discardableResult
    package func apply(_ configuration: ModelConfiguration) -> [ModelError] {
        var deployments = configuration.deployments
        if !deployments.contains(where: { $0.model == Self.echoName }) {
            deployments.append(Deployment(name: Self.echoName, provider: .echo))
        }
        var factory = DeploymentFactory(configuration, client)
        let shared = factory.deployed(deployments)
        let own = configuration.ownDeployments.mapValues { factory.deployed($0) }
        let catchAll = configuration.catchAll.flatMap { factory.deployed($0, isCatchAll: true) }
        catalogue.withLock { catalogue in
            catalogue.configuration = configuration
            catalogue.shared = Self.pools(of: shared, from: catalogue.shared, configuration)
            catalogue.own = Dictionary(
                uniqueKeysWithValues: own.map { workspace, models in
                    (workspace, Self.pools(of: models, from: catalogue.own[workspace] ?? [:], configuration))
                })
            catalogue.catchAll = catchAll.map { Self.pool([$0], from: catalogue.catchAll, model: $0.deployment.model, configuration) }
        }
        countWorkers()
        return factory.problems
    }

    private static func pools(
        of models: [String: [DeployedModel]], from known: [String: ModelPool], _ configuration: ModelConfiguration
    ) -> [String: ModelPool] {
        Dictionary(uniqueKeysWithValues: models.map { ($0, pool($1, from: known[$0], model: $0, configuration)) })
    }

    private static func pool(
        _ deployed: [DeployedModel], from known: ModelPool?, model: String, _ configuration: ModelConfiguration
    ) -> ModelPool {
        guard let known else {
            return ModelPool(model: model, DeploymentPool(deployed, zone: configuration.zone, policy: configuration.health))
        }
        known.update(deployed, zone: configuration.zone)
        return known
    }

    /// Who serves a task's model: the workspace's own deployments when it has any of that model, else those that all share.
    /// - Throws: ``ModelError``: `invalidRequest` when the task names none and there is no default, `notFound` when nobody serves it.
    func pool(for requested: String?, of workspace: Workspace) throws(ModelError) -> (pool: ModelPool, model: String) {
        let (found, model, known) = catalogue.withLock { catalogue -> (ModelPool?, String?, [String]) in
            guard let model = requested ?? catalogue.configuration.defaultModel else { return (nil, nil, []) }
            guard let pool = catalogue.pool(for: model, of: workspace) else { return (nil, model, catalogue.shared.keys.sorted()) }
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
    /// - Throws: ``ModelError`` like ``pool(for:of:)``, and `overloaded` when every deployment is out of service for now.
    func firstCall(for request: TaskRequest, of workspace: Workspace) throws(ModelError) -> PlannedCall {
        let (pool, model) = try pool(for: request.model, of: workspace)
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

    private var pools: [ModelPool] { catalogue.withLock { $0.pools } }

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
