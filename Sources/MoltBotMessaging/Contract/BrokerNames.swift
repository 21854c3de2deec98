internal import MoltBotCore

/// The names of the message contract (v1). Only this module knows them.
enum BrokerNames {
    enum Exchange {
        static let tasks = "moltbot.tasks"
        static let events = "moltbot.events"
        static let eventsTopic = "moltbot.events.topic"
        static let control = "moltbot.control"
        /// Orders to cancel: kept in the stream of the same name, and passed on to `moltbot.control`.
        static let cancels = "moltbot.cancels"
        /// Batches that were taken: for those who work on them, and for the ledger.
        static let batches = "moltbot.batches"
        static let dead = "moltbot.dead"
        static let delay = "moltbot.delay"
        static let deliveries = "moltbot.deliveries"
        /// Transient: its arguments say since when the broker runs (``BrokerUptime``).
        static let uptime = "moltbot.uptime"
        /// Routes to the queue named by the routing key.
        static let byQueueName = ""
    }

    enum Queue {
        static let results = "moltbot.results"
        static let relay = "moltbot.relay"
        /// Belongs to the connection of the one relay that consumes the inbox, while there are endpoints with FIFO ordering.
        static let relayTurn = "moltbot.relay-turn"
        static let ledger = "moltbot.ledger"
        static let registry = "moltbot.registry"
        static let batches = "moltbot.batches"
        static let cancels = "moltbot.cancels"
        static let ledgerLookup = "moltbot.ledger.lookup"
        static let dead = "moltbot.dead"
        static let unroutable = "moltbot.unroutable"
    }

    enum MessageType {
        static let task = "moltbot.task"
        static let refusedTask = "moltbot.task.refused"
        static let batch = "moltbot.batch"
        static let cancel = "moltbot.control.cancel"
        static let holding = "moltbot.control.holding"
        static let models = "moltbot.control.models"
        static let modelStatus = "moltbot.control.models.status"
        static let presence = "moltbot.control.presence"
        static let answer = "moltbot.control.answer"
        static let registryRecord = "moltbot.registry.record"
        /// Marks a place in the ledger or the registry for one reader; carries nothing.
        static let barrier = "moltbot.barrier"
        static let lookup = "moltbot.ledger.lookup"
        static let lookupAnswer = "moltbot.ledger.answer"
    }

    static let application = "moltbot"
    /// A process's own queue on the control exchange; the rest of its name is unique.
    static let controlQueuePrefix = "moltbot.control."

    static func taskQueue(_ workspace: Workspace) -> String { "moltbot.tasks.\(workspace.name)" }
    static func taskKey(_ workspace: Workspace, _ lane: Lane) -> String { "\(workspace.name).\(lane.rawValue)" }
    static func delayedTaskKey(_ workspace: Workspace, _ lane: Lane) -> String { "tasks.\(workspace.name).\(lane.rawValue)" }
    static func eventKey(_ workspace: Workspace, _ type: TaskEventType) -> String { "\(workspace.name).\(type.rawValue)" }
    /// Matches all events of the workspace's tasks.
    static func taskEventsKey(_ workspace: Workspace) -> String { "\(workspace.name).task.*" }
    /// - Parameter word: an endpoint's id, or `adhoc.<0-15>`; the same word is the routing key on `moltbot.deliveries`.
    static func deliveryQueue(_ word: String) -> String { "moltbot.deliveries.\(word)" }
    /// The marks of an endpoint with FIFO ordering (``OrderMark``).
    static func orderQueue(_ endpoint: String) -> String { deliveryQueue(endpoint + "-order") }
    static func delayedDeliveryKey(_ word: String) -> String { "deliveries.\(word)" }
    static func delayExchange(level: Int) -> String { "moltbot.delay.\(level < 10 ? "0" : "")\(level)" }
    /// The way out of the ladder, or a level of it.
    static func isDelayExchange(_ name: String) -> Bool { name == Exchange.delay || name.hasPrefix(Exchange.delay + ".") }
}
