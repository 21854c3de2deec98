import AMQP
import Foundation
import Logging
import MoltBotCore
import MoltBotLedger
import MoltBotMessaging
import NIOCore
import TestSupport

/// Runs `body` with a ledger node beside the pipeline, once it answers questions.
func withLedgerNode<Result: Sendable>(
    url: String, _ pipeline: Spectator, _ body: @escaping @Sendable (LedgerService) async throws -> Result
) async throws -> Result {
    let logger = Logger(label: "ledger") { _ in SwiftLogNoOpLogHandler() }
    let folder = NSTemporaryDirectory() + "moltbot-ledger-" + UUIDText.version7()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let session = BrokerSession(configuration: try AMQPConfiguration(urls: url), role: "api", logger: logger)
    let service = LedgerService(
        session: session, store: try LedgerStore(path: folder + "/ledger.sqlite", logger: logger), patience: .seconds(60))
    return try await session.withConnections {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await service.run() }
            defer { group.cancelAll() }
            try await pipeline.waitForLedgerNode()
            return try await body(service)
        }
    }
}

extension Spectator {
    /// Returns when a node has answered a question, which stays on the queue until one does.
    fileprivate func waitForLedgerNode() async throws {
        try await program.publish(
            AMQPMessage(
                exchange: "", routingKey: "moltbot.ledger.lookup",
                properties: AMQPProperties(correlationID: "ready", replyTo: replyQueue, type: "moltbot.ledger.lookup"),
                body: ByteBuffer(string: #"{"questions": [{"task_id": "nobody", "workspace": "default", "redrives": 0}]}"#)))
        _ = try await replies.first("an answer of the ledger node") { $0.properties.correlationID == "ready" }
    }
}
