internal import AMQP
package import MoltBotCore
internal import NIOCore

/// What processes tell each other on the control exchange. Transient, but for orders to cancel: who is not there does not hear it.
///
/// A task's id says which one it is within its workspace; without a workspace those of all are meant.
package enum ControlMessage: Sendable, Equatable {
    /// End these tasks, running or waiting. Kept by the broker for workers that start later (``CancelOrders``).
    case cancel([TaskID], of: Workspace?)
    /// Which of these tasks do you run, or have finished lately?
    case holding([TaskID], of: Workspace?)
    /// Something about the models that all call. Nobody answers.
    case models([ModelNews])
    /// A worker is there, or leaves. Nobody answers.
    case presence(WorkerPresence)
    /// How are the deployments that you call?
    case modelStatus

    /// Ids in one message; more are split by the sender.
    package static let maximumIDs = 1000

    var type: String {
        switch self {
        case .cancel: BrokerNames.MessageType.cancel
        case .holding: BrokerNames.MessageType.holding
        case .models: BrokerNames.MessageType.models
        case .presence: BrokerNames.MessageType.presence
        case .modelStatus: BrokerNames.MessageType.modelStatus
        }
    }

    /// Whether the broker keeps it.
    var isKept: Bool { if case .cancel = self { true } else { false } }

    func encode() -> [UInt8] {
        switch self {
        case .cancel(let ids, let workspace), .holding(let ids, let workspace): TaskSelection(ids: ids, workspace: workspace).encode()
        case .models(let news): JSONValue.object(["models": .array(news.map(\.document))]).encode()
        case .presence(let presence): presence.document.encode()
        case .modelStatus: JSONValue.object([:]).encode()
        }
    }

    /// Nil for messages of other kinds, or of a later version.
    init?(_ delivery: AMQPDelivery) {
        guard let document = try? JSONValue.parse(Array(delivery.body.readableBytesView)) else { return nil }
        switch delivery.properties.type {
        case BrokerNames.MessageType.cancel:
            guard let tasks = TaskSelection(document) else { return nil }
            self = .cancel(tasks.ids, of: tasks.workspace)
        case BrokerNames.MessageType.holding:
            guard let tasks = TaskSelection(document) else { return nil }
            self = .holding(tasks.ids, of: tasks.workspace)
        case BrokerNames.MessageType.models:
            self = .models((document["models"]?.arrayValue ?? []).prefix(Self.maximumIDs).compactMap { ModelNews($0) })
        case BrokerNames.MessageType.presence:
            guard let presence = WorkerPresence(document) else { return nil }
            self = .presence(presence)
        case BrokerNames.MessageType.modelStatus: self = .modelStatus
        default: return nil
        }
    }
}

/// What one worker says to a control message.
package struct ControlAnswer: Sendable, Equatable {
    /// Tasks that run in that worker.
    package var running: [TaskID]
    /// Tasks that it will end as cancelled when they arrive.
    package var marked: [TaskID]
    /// The deployments that it calls; nil when it was not asked, or another worker of its process speaks for it.
    package var models: [ModelCondition]?
    /// What its cache did; nil where ``models`` is.
    package var cache: CacheStatistics?

    package init(running: [TaskID] = [], marked: [TaskID] = [], models: [ModelCondition]? = nil, cache: CacheStatistics? = nil) {
        self.running = running
        self.marked = marked
        self.models = models
        self.cache = cache
    }

    func encode() -> [UInt8] {
        var members = ["running": Self.json(running), "marked": Self.json(marked)]
        members["models"] = models.map { .array($0.map(\.document)) }
        members["cache"] = cache?.document
        return JSONValue.object(members).encode()
    }

    init?(_ delivery: AMQPDelivery) {
        guard delivery.properties.type == BrokerNames.MessageType.answer,
            let document = try? JSONValue.parse(Array(delivery.body.readableBytesView))
        else { return nil }
        running = TaskSelection.ids(document["running"])
        marked = TaskSelection.ids(document["marked"])
        models = document["models"]?.arrayValue.map { $0.prefix(ModelCondition.maximumCount).compactMap { ModelCondition($0) } }
        cache = document["cache"].map { CacheStatistics($0) }
    }

    private static func json(_ ids: [TaskID]) -> JSONValue { .array(ids.map { .string($0.rawValue) }) }
}

/// Tasks that a message is about.
private struct TaskSelection {
    var ids: [TaskID]
    var workspace: Workspace?

    init(ids: [TaskID], workspace: Workspace?) {
        self.ids = ids
        self.workspace = workspace
    }

    /// Nil for a workspace that can't be one: its tasks are not those of all.
    init?(_ document: JSONValue) {
        ids = Self.ids(document["task_ids"])
        switch document["workspace"] {
        case nil, .null?: workspace = nil
        case let name?:
            guard let named = name.stringValue.flatMap({ Workspace($0) }) else { return nil }
            workspace = named
        }
    }

    func encode() -> [UInt8] {
        var members: [String: JSONValue] = ["task_ids": .array(ids.map { .string($0.rawValue) })]
        members["workspace"] = workspace.map { .string($0.name) }
        return JSONValue.object(members).encode()
    }

    static func ids(_ value: JSONValue?) -> [TaskID] {
        (value?.arrayValue ?? []).prefix(ControlMessage.maximumIDs).compactMap { $0.stringValue.flatMap { TaskID($0) } }
    }
}
