internal import HTTPTypes
internal import Hummingbird
internal import MoltBotCore
internal import MoltBotLedger
internal import MoltBotMessaging

/// `/status`: how a workspace is doing.
struct StatusEndpoints: EndpointGroup {
    /// Minutes that rates are told for.
    private static let window = 60

    let session: BrokerSession
    let ledger: LedgerService
    let hub: LiveHub
    let health: Latest<ModelHealth>
    let workers: Latest<WorkersHeard>
    let models: ModelStore
    private let depths: QueueDepths

    init(
        session: BrokerSession, ledger: LedgerService, hub: LiveHub, health: Latest<ModelHealth>, workers: Latest<WorkersHeard>,
        models: ModelStore
    ) {
        self.session = session
        self.ledger = ledger
        self.hub = hub
        self.health = health
        self.workers = workers
        self.models = models
        depths = QueueDepths(session)
    }

    var endpoints: [Endpoint] {
        [
            Endpoint(.get, "/status", .read) { request, context in
                _ = try Query(request, known: [])
                return try await status(context.caller.workspace)
            }
        ]
    }

    private func status(_ workspace: Workspace) async throws -> Response {
        let start = ContinuousClock.now
        let isCurrent = (try? await ledger.waitUntilRead()) != nil
        let lag = start.duration(to: .now)
        let queues = await depths.depths(of: workspace)
        let now = Timestamp.now()
        let statistics: LedgerStatistics
        let waiting: [Lane: Int]
        do {
            waiting = try await ledger.store.waiting(of: workspace)
            statistics = try await ledger.store.statistics(of: workspace, minutesSince: now + .seconds(-60 * Self.window))
        } catch {
            throw Problem(error)
        }
        let unwell = await unwell(at: now, in: workspace)
        return .json { writer in
            writer.beginObject()
            writer.member("workspace", workspace.name)
            writer.member("broker", session.condition.forPeople)
            writer.name("ledger")
            writer.beginObject()
            writer.member("current", isCurrent)
            // From a mark that was put at the stream's end until it was read, in both directions.
            writer.member("lag_ms", Int(lag.wholeMilliseconds))
            writer.endObject()
            writer.member("listeners", hub.listenerCount)
            writer.member("workers", workerCount(queues, in: workspace))
            writer.queues(queues)
            writer.waiting(waiting)
            writer.rates(Rates(statistics.minutes, at: now))
            writer.statistics(statistics)
            writer.unwell(unwell)
            writer.endObject()
        }
    }

    /// The broker knows at once when nobody is there any more, and that somebody is; a worker has several consumers, and says every few
    /// seconds that it is one.
    private func workerCount(_ queues: [QueueDepths.Depth], in workspace: Workspace) -> Int {
        let consumers = queues.map(\.consumers).max() ?? 0
        return min(consumers, max(1, workers.value.count(serving: workspace, at: .now)))
    }

    /// Deployments of other workspaces are left out; all are when the registry can't say whose they are.
    private func unwell(at now: Timestamp, in workspace: Workspace) async -> [ModelHealth.Entry] {
        let entries = health.value.entries(at: now)
        guard !entries.isEmpty else { return [] }
        let foreign = try? await models.of(workspace).foreignNames()
        return foreign.map { foreign in entries.filter { !foreign.contains($0.deployment) } } ?? []
    }
}

extension JSONWriter {
    fileprivate mutating func queues(_ queues: [QueueDepths.Depth]) {
        name("queues")
        beginArray()
        for queue in queues {
            beginObject()
            member("lane", queue.lane?.rawValue ?? "all")
            member("ready", queue.ready)
            member("consumers", queue.consumers)
            endObject()
        }
        endArray()
    }

    /// Every lane is there, the most urgent first.
    fileprivate mutating func waiting(_ waiting: [Lane: Int]) {
        name("waiting")
        beginObject()
        for lane in Lane.allCases.sorted(by: >) {
            name(anyOf: lane.rawValue)
            integer(waiting[lane] ?? 0)
        }
        endObject()
    }

    fileprivate mutating func rates(_ rates: Rates) {
        name("rates")
        beginObject()
        member("window_s", Int(rates.window.components.seconds))
        member("submitted_per_minute", rates.submitted)
        member("completed_per_minute", rates.completed)
        member("failed_per_minute", rates.failed)
        endObject()
    }

    fileprivate mutating func unwell(_ entries: [ModelHealth.Entry]) {
        name("unhealthy")
        beginArray()
        for entry in entries {
            beginObject()
            member("deployment", entry.deployment)
            member("key", entry.key)
            member("state", entry.state.rawValue)
            member("until", entry.until)
            member("reason", entry.reason)
            endObject()
        }
        endArray()
    }

    fileprivate mutating func statistics(_ statistics: LedgerStatistics) {
        name("tasks")
        counts(statistics.counts)
        costs(statistics.costs, completed: statistics.counts[.completed])
        name("models")
        beginArray()
        for (model, sums) in statistics.models.sorted(by: { $0.key < $1.key }) {
            beginObject()
            member("model", model.isEmpty ? nil : model)
            name("tasks")
            counts(sums.counts)
            costs(sums.costs, completed: sums.counts[.completed])
            member("input_tokens", sums.inputTokens)
            member("output_tokens", sums.outputTokens)
            endObject()
        }
        endArray()
        name("minutes")
        beginArray()
        for minute in statistics.minutes {
            beginObject()
            member("start", minute.start)
            member("submitted", minute.submitted)
            member("completed", minute.completed)
            member("failed", minute.failed)
            costs(minute.costs, completed: minute.completed)
            endObject()
        }
        endArray()
    }

    private mutating func costs(_ costs: LedgerStatistics.Costs, completed: Int?) {
        member("cost_usd", costs.sum(of: completed ?? 0))
        member("unpriced_tasks", costs.unpricedTasks)
    }

    /// Every status is there, also with 0.
    private mutating func counts(_ counts: [TaskStatus: Int]) {
        beginObject()
        for status in TaskStatus.allCases {
            name(anyOf: status.rawValue)
            integer(counts[status] ?? 0)
        }
        endObject()
    }
}
