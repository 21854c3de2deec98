import AMQP
import Logging
import MoltBotCore
import MoltBotMessaging
import TestSupport

/// A virtual host with the topology, and a session on it as a ledger node has one.
struct LedgerHost: Sendable {
    let session: BrokerSession
    let spectator: Spectator

    func publishTask(_ id: String, key: String? = nil) async throws {
        let extra = key.map { #", "idempotency_key": "\#($0)""# } ?? ""
        try await spectator.publishUntilStored(#"{"prompt": "hello"\#(extra)}"#, id: id)
    }

    /// Deletes the ledger stream with what it holds, and declares it as it was.
    func replaceStream() async throws {
        try await spectator.program.withChannel { channel in
            _ = try await channel.queueDelete("moltbot.ledger")
            try await channel.queueDeclare(AMQPQueue(name: "moltbot.ledger", arguments: ["x-queue-type": "stream"]))
            try await channel.queueBind(queue: "moltbot.ledger", exchange: "moltbot.tasks", routingKey: "default.#")
            try await channel.queueBind(queue: "moltbot.ledger", exchange: "moltbot.events", routingKey: "")
        }
    }

    /// Runs `body` while the stream is read.
    /// - Parameter take: what the reader does with a batch, besides recording it.
    @discardableResult
    func reading<Result: Sendable>(
        after position: LedgerPosition? = nil, take: @escaping @Sendable (LedgerBatch) async throws -> Void = { _ in },
        _ body: @escaping @Sendable (Recorder<LedgerBatch>) async throws -> Result
    ) async throws -> Result {
        let batches = Recorder<LedgerBatch>()
        let session = session
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await LedgerStream(session).read(after: position) { batch in
                    try await take(batch)
                    batches.record(batch)
                }
            }
            defer { group.cancelAll() }
            return try await body(batches)
        }
    }
}

extension LedgerBatch {
    var taskIDs: [String] {
        entries.compactMap { if case .task(let task) = $0.content { task.id.rawValue } else { nil } }
    }
}

func withLedgerHost<Result: Sendable>(
    url: String, _ body: @escaping @Sendable (LedgerHost) async throws -> Result
) async throws -> Result {
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let amqp = try AMQPConfiguration(urls: url)
    let topology = try TopologyFile(path: BuildProducts.repository + "/topology/moltbot.yaml").topology
    let plan = try await TopologyPlan.make(topology: topology, configuration: amqp, management: nil, logger: logger)
    _ = try await plan.apply(configuration: amqp, management: nil, logger: logger)
    let session = BrokerSession(configuration: amqp, role: "ledger", logger: logger)
    return try await session.withConnections {
        try await withSpectator(url: url) { spectator in try await body(LedgerHost(session: session, spectator: spectator)) }
    }
}
