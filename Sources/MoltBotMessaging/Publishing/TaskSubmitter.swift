package import AMQP
internal import Instrumentation
package import Logging
package import MoltBotCore
internal import NIOCore
internal import ServiceContextModule

/// A task to publish.
package struct TaskSubmission: Sendable {
    package var id: TaskID
    package var workspace: Workspace
    package var request: TaskRequest
    /// 0 to 10; decides the lane as well.
    package var priority: Int
    package var replyTo: String?
    package var correlationID: String?
    package var createdAt: Timestamp
    /// The batch that it belongs to.
    package var batch: String?
    /// Tells its payload from another one that comes with the same idempotency key.
    package var fingerprint: String?

    package init(
        id: TaskID = TaskID(), workspace: Workspace = .default, request: TaskRequest, priority: Int, replyTo: String? = nil,
        correlationID: String? = nil, createdAt: Timestamp = .now()
    ) {
        self.createdAt = createdAt
        self.id = id
        self.workspace = workspace
        self.request = request
        self.priority = priority
        self.replyTo = replyTo
        self.correlationID = correlationID
    }
}

/// Publishes tasks the way any program would, and returns when the broker has them.
package struct TaskSubmitter: Sendable {
    private let publisher: ReliablePublisher
    private let routes: TaskRoutes

    package init(_ client: AMQPClient, logger: Logger) {
        publisher = ReliablePublisher(client: client, logger: logger)
        routes = TaskRoutes(client)
    }

    /// - Throws: ``AMQPError``: `unroutable` when the workspace has no queue; `nacked` never (it is tried again until cancelled).
    package func submit(_ task: TaskSubmission) async throws(AMQPError) {
        try await routes.check(task.workspace, task.lane)
        try await publisher.publish(message(task, at: .workers))
    }

    /// One try, for a sender that decides itself what follows.
    /// - Throws: ``AMQPError``, what ``AMQPClient/publish(_:)`` throws.
    func submitOnce(_ task: TaskSubmission) async throws(AMQPError) {
        try await routes.check(task.workspace, task.lane)
        try await publisher.client.publish(message(task, at: .workers))
    }

    /// - Throws: ``AMQPError`` with code `unroutable` when a workspace has no queue.
    func checkRoute(of tasks: [TaskSubmission]) async throws(AMQPError) {
        for task in tasks { try await routes.check(task.workspace, task.lane) }
    }

    enum Destination {
        case workers
        /// A queue from which it is handed to the workers later.
        case queue(String)
        /// Only for those who follow what happens.
        case ledger
    }

    func message(_ task: TaskSubmission, at destination: Destination) -> AMQPMessage {
        var headers: AMQPTable = [WireHeaders.created: .string(task.createdAt.rfc3339)]
        if let batch = task.batch { headers[WireHeaders.batch] = .string(batch) }
        if let fingerprint = task.fingerprint { headers[WireHeaders.fingerprint] = .string(fingerprint) }
        if let context = ServiceContext.current {
            InstrumentationSystem.instrument.inject(context, into: &headers, using: HeaderInjector())
        }
        let (exchange, routingKey) =
            switch destination {
            case .workers: (BrokerNames.Exchange.tasks, BrokerNames.taskKey(task.workspace, task.lane))
            case .queue(let name): (BrokerNames.Exchange.byQueueName, name)
            case .ledger: (BrokerNames.Exchange.byQueueName, BrokerNames.Queue.ledger)
            }
        if case .ledger = destination { headers[WireHeaders.workspace] = .string(task.workspace.name) }
        return AMQPMessage(
            exchange: exchange, routingKey: routingKey,
            properties: AMQPProperties(
                contentType: "application/json", headers: headers, deliveryMode: .persistent,
                priority: UInt8(clamping: task.priority), correlationID: task.correlationID, replyTo: task.replyTo,
                messageID: task.id.rawValue, timestamp: UInt64(clamping: task.createdAt.secondsSinceEpoch),
                type: BrokerNames.MessageType.task, appID: BrokerNames.application),
            body: ByteBuffer(bytes: task.request.encode()))
    }
}

extension TaskSubmission {
    var lane: Lane { Lane.lane(forPriority: priority) }
}
