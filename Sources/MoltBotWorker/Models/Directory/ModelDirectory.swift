package import CurlHTTP
internal import ModelProviders
package import MoltBotCore
package import MoltBotMessaging
internal import Synchronization

/// Which deployments serve a model name, at this moment.
///
/// `echo` is always there. What changes here concerns the calls that begin afterwards.
package final class ModelDirectory: Sendable {
    /// Names this process among those that call models.
    let id = UUIDText.version7()
    private let client: HTTPClient
    private let roster: Mutex<WorkerRoster>
    private let workers = Mutex(0)
    private let catalogue: Mutex<ModelCatalogue>
    let answers: AnswerStore
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
        answers = AnswerStore(maximumBytes: configuration.cacheBytes, lifetime: configuration.cacheLifetime)
        catalogue = Mutex(try ModelCatalogue().updated(to: configuration, client: client))
    }

    /// Takes another configuration, for calls that begin from now on; those in flight keep the deployments they have. What is known of a
    /// deployment that keeps its name and model stays known.
    ///
    /// The cache's size and the lifetime of its answers are those of the start.
    /// - Throws: ``ModelError`` of kind `invalidRequest`, with nothing changed, when a deployment's address is none or two share a name.
    package func update(_ change: (inout ModelConfiguration) -> Void) throws(ModelError) {
        let result: Result<Void, ModelError> = catalogue.withLock { catalogue in
            var configuration = catalogue.configuration
            change(&configuration)
            do throws(ModelError) {
                catalogue = try catalogue.updated(to: configuration, client: client)
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        try result.get()
        countWorkers()
    }

    /// How the deployments are, by model and name.
    package func statuses() -> [ModelStatus] {
        pools.flatMap { $0.statuses() }.sorted { ($0.model, $0.deployment) < ($1.model, $1.deployment) }
    }

    /// What the cache did for tasks that asked for it.
    package var cacheStatistics: CacheStatistics { answers.statistics }

    /// The name that a task's model goes by; nil when there is none.
    func modelName(_ requested: String?) -> String? { requested ?? configuration.defaultModel }

    /// Who serves a task's model.
    /// - Throws: ``ModelError``: `invalidRequest` when the task names none and there is no default, `notFound` when nobody serves it.
    func pool(
        for requested: String?, of workspace: Workspace
    ) throws(ModelError) -> (pool: ModelPool, model: String, strategy: TaskRequest.Strategy) {
        // One look for everything: this is done for each task.
        let (found, model, strategy) = catalogue.withLock { catalogue -> (ModelPool?, String?, TaskRequest.Strategy) in
            let strategy = catalogue.configuration.strategy
            guard let model = requested ?? catalogue.configuration.defaultModel else { return (nil, nil, strategy) }
            return (catalogue.pool(for: model, of: workspace), model, strategy)
        }
        guard let model else {
            throw ModelError(
                .invalidRequest, message: "the task names no model and the worker has no default; set \"model\", or models.default")
        }
        guard let found else { throw Self.unknown(model, known: catalogue.withLock { $0.shared.keys.sorted() }) }
        return (found, model, strategy)
    }

    /// What comes first in an attempt.
    enum Beginning: Sendable {
        case call(PlannedCall)
        /// At its limits: nothing was begun.
        case wait(Duration, TimeSlot?)
        case line(LineTicket)
    }

    /// Begins a task's first call.
    /// - Throws: ``ModelError`` like ``pool(for:of:)``, and `overloaded` when every deployment is out of service for now.
    func begin(
        _ request: TaskRequest, of workspace: Workspace, lane: Lane, slot: TimeSlot?, ticket: LineTicket?
    ) throws(ModelError) -> Beginning {
        let (pool, model, strategy): (ModelPool, String, TaskRequest.Strategy)
        do {
            (pool, model, strategy) = try self.pool(for: request.model, of: workspace)
        } catch {
            _ = ticket?.leave()
            throw error
        }
        let needs = CallNeeds(request, lane: lane, default: strategy, slot: slot, ticket: ticket)
        switch begin(needs, at: pool, model: model, within: budget(of: workspace)) {
        case .call(let call): return .call(call)
        case .wait(let time, let slot): return .wait(time, slot)
        case .line(let ticket): return .line(ticket)
        case .none(let outage):
            if let call = beginElsewhere(request, of: workspace, needs, model, outage) { return .call(call) }
            if let pause = outage.pause(before: request.deadline) { return .wait(pause, nil) }
            throw outage.error(of: model)
        }
    }

    private func begin(
        _ needs: CallNeeds, at pool: ModelPool, model: String, within budget: WorkspaceBudget?
    ) -> DeploymentPool.Choice {
        var needs = needs
        // The settings have changed since: what is kept for the ticket is somebody else's.
        if let ticket = needs.ticket, ticket.place(in: pool) == nil, budget.map({ !ticket.isOf($0) }) ?? true {
            _ = ticket.leave()
            needs.ticket = nil
        }
        guard let budget else { return pool.begin(needs, model: model) }
        var isAsked = false
        let choice = budget.begin(needs) { needs in
            isAsked = true
            return pool.begin(needs, model: model)
        }
        // The same for a place that a deployment keeps.
        if !isAsked, let ticket = needs.ticket, ticket.place(in: pool) != nil { _ = ticket.leave() }
        return choice
    }

    /// Begins the call at the first fallback that can take it now.
    private func beginElsewhere(
        _ request: TaskRequest, of workspace: Workspace, _ needs: CallNeeds, _ model: String, _ outage: Outage
    ) -> PlannedCall? {
        var failover = Failover(isEnabled: configuration.isFailoverEnabled, model: model, taskFallbacks: request.fallbacks)
        var needs = needs
        (needs.slot, needs.ticket, needs.isFallback) = (nil, nil, true)
        let error = outage.error(of: model)
        while case .model(let name) = failover.failed(error, hasDelivered: false, .init(fallbacks: outage.fallbacks)) {
            guard let (pool, model, _) = try? self.pool(for: name, of: workspace),
                case .call(var call) = pool.begin(needs, model: model)
            else { continue }
            budget(of: workspace)?.charge(&call, needs)
            return call
        }
        return nil
    }

    func ended(_ call: PlannedCall, _ end: CallEnd) {
        call.budget?.ended(call, end)
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
        let (pools, budgets) = catalogue.withLock { ($0.allPools, Array($0.budgets.values)) }
        for pool in pools { pool.changeShare(to: share) }
        for budget in budgets { budget.changeShare(to: share) }
    }

    /// Counts a worker in. Not nil for the first one, which tells others what all of this process's workers find out.
    func enlist() -> ModelDirectory? {
        workers.withLock { workers in
            workers += 1
            return workers == 1 ? self : nil
        }
    }

    /// This process's workers.
    var workerCount: Int { workers.withLock(\.self) }

    /// Nil when the workspace has no limits of its own.
    func budget(of workspace: Workspace) -> WorkspaceBudget? {
        catalogue.withLock { $0.budgets.isEmpty ? nil : $0.budgets[workspace] }
    }

    private var pools: [ModelPool] { catalogue.withLock(\.allPools) }

    package var configuration: ModelConfiguration { catalogue.withLock { $0.configuration } }

    private static func unknown(_ model: String, known: [String]) -> ModelError {
        let hint = Spelling.nearest(to: model, in: known).map { "did you mean \"\($0)\"? " } ?? ""
        let names = known.prefix(20).map { "\"\($0)\"" }.joined(separator: ", ")
        return ModelError(
            .notFound,
            message: "no provider serves model \"\(model)\"; \(hint)this worker knows \(names). Add it with `moltbot models add` or in the "
                + "settings file, or set OPENAI_BASE_URL or OPENAI_API_KEY to reach any other one")
    }
}
