import AMQP
import Logging
import MoltBotCore
import MoltBotMessaging
import MoltBotRelay
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

/// Relays on a real broker, and what a test does with them.
struct RelayStage: Sendable {
    let program: Spectator
    let feed: EndpointFeed
    let relays: [StagedRelay]

    /// Publishes an event as a worker does, and returns it.
    @discardableResult
    func publish(
        _ status: TaskStatus = .completed, task: String, workspace: Workspace = .default, callbacks: [TaskCallback] = []
    ) async throws -> TaskEvent {
        let (event, message) = try Self.event(status, task, workspace, callbacks)
        try await program.program.publish(message)
        return event
    }

    /// Publishes the events of many tasks at once, without a wait in between; each task's in this order.
    /// - Returns: the ids of each task's events.
    func publish(_ statuses: [TaskStatus], tasks: Range<Int>) throws -> [String: [String]] {
        var ids: [String: [String]] = [:]
        for task in tasks.map({ "task-\($0)" }) {
            for status in statuses {
                let (event, message) = try Self.event(status, task, .default, [])
                program.program.send(message)
                ids[task, default: []].append(event.id)
            }
        }
        return ids
    }

    private static func event(
        _ status: TaskStatus, _ task: String, _ workspace: Workspace, _ callbacks: [TaskCallback]
    ) throws -> (TaskEvent, AMQPMessage) {
        let id = try #require(TaskID(task))
        let event = TaskEvent(TaskOutcome(taskID: id, workspace: workspace, status: status, result: "answer of \(task)"))
        let headers: AMQPTable? =
            callbacks.isEmpty ? nil : ["x-moltbot-callbacks": .string(TaskCallback.encode(callbacks))]
        let message = AMQPMessage(
            exchange: "moltbot.events", routingKey: "\(workspace).\(event.type.rawValue)",
            properties: AMQPProperties(
                contentType: TaskEvent.contentType, headers: headers, deliveryMode: .persistent, correlationID: task,
                messageID: event.id, type: event.type.rawValue),
            body: ByteBuffer(bytes: event.encode()))
        return (event, message)
    }

    /// What the relays said about their work, oldest first.
    var news: [WebhookEvent] {
        program.events.elements.compactMap { try? WebhookEvent.decode(Array($0.body.readableBytesView)) }
    }

    /// The first event of that kind about that delivery.
    func news(_ kind: WebhookEvent.Kind, about eventID: String? = nil) async throws -> WebhookEvent {
        let delivery = try await program.events.first("\(kind.rawValue) about \(eventID ?? "anything")") { delivery in
            guard delivery.properties.type == kind.rawValue,
                let event = try? WebhookEvent.decode(Array(delivery.body.readableBytesView))
            else { return false }
            return eventID == nil || event.eventID == eventID
        }
        return try WebhookEvent.decode(Array(delivery.body.readableBytesView))
    }
}

/// Runs `body` with relays in this process.
/// - Parameter later: more relays, which the test starts.
func withRelays<Result: Sendable>(
    _ count: Int = 1, later: Int = 0, on host: VirtualHost, endpoints: [WebhookEndpoint] = [],
    configuration: RelayConfiguration = .forTests,
    _ body: @escaping @Sendable (RelayStage) async throws -> Result
) async throws -> Result {
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let (amqp, topology) = try await host.prepare(logger)
    let feed = EndpointFeed(endpoints)
    let sender = WebhookSender(
        WebhookSenderConfiguration(
            userAgent: "MoltBot/test", allowHTTP: true, allowedNetworks: [try #require(IPNetwork("127.0.0.0/8"))]), logger: logger)
    try await declareQueues(of: endpoints, amqp, topology, logger)
    let relays = (0..<count + later).map { _ in
        StagedRelay { logger in
            let session = BrokerSession(configuration: amqp, role: "relay", logger: logger)
            let relay = Relay(
                session: session, topology: topology, configuration: configuration, registrar: feed.registrar, send: sender.attempt,
                logger: logger, restoreTopology: {}, follow: { await feed.follow($0) })
            return (session, relay)
        }
    }
    for relay in relays.prefix(count) { relay.start() }
    let result = try await withThrowingTaskGroup(of: Void.self) { group in
        for relay in relays { group.addTask { try await relay.run() } }
        defer { group.cancelAll() }
        return try await withSpectator(url: host.url) { spectator in
            try await body(RelayStage(program: spectator, feed: feed, relays: relays))
        }
    }
    await sender.shutdown()
    return result
}

/// As `moltbot webhooks add` does, before anybody hears of the endpoint.
private func declareQueues(
    of endpoints: [WebhookEndpoint], _ configuration: AMQPConfiguration, _ topology: Topology, _ logger: Logger
) async throws {
    let session = BrokerSession(configuration: configuration, role: "test", logger: logger)
    let queues = DeliveryQueues(session, topology: topology)
    try await session.withConnections {
        for endpoint in endpoints { try await queues.declare(endpoint.id, isOrdered: endpoint.ordering == .fifo) }
    }
}

extension RelayConfiguration {
    static var forTests: RelayConfiguration {
        var configuration = RelayConfiguration()
        configuration.callbackSchedule = [.seconds(1)]
        return configuration
    }
}

extension WebhookEndpoint {
    /// One that gets everything, with a short schedule.
    init(_ id: String, at server: ModelServer, events: String = "*", workspace: Workspace = .default) throws {
        self.init(
            id: id, workspace: workspace, url: "http://127.0.0.1:\(server.port)/\(id)",
            eventTypes: [try #require(EventPattern(events))], secrets: [], createdAt: .now())
        schedule = [.seconds(1), .seconds(1)]
        timeout = .seconds(60)
    }

    func with(_ change: (inout WebhookEndpoint) -> Void) -> WebhookEndpoint {
        var copy = self
        change(&copy)
        return copy
    }
}

extension ModelServer {
    /// A webhook receiver's usual answer.
    static func accept(_ request: RecordedRequest) -> ModelResponse { .json("{}") }

    /// The requests to one path, oldest first.
    func requests(to path: String) -> [RecordedRequest] { requests.elements.filter { $0.uri == "/" + path } }
}

extension RecordedRequest {
    var webhookID: String? { headers["webhook-id"].first }
}
