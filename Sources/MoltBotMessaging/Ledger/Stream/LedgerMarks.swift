internal import AMQP
internal import MoltBotCore
internal import NIOCore

/// Puts marks into the ledger: a reader that has come to one has read all that was stored before the mark was asked for.
package struct LedgerMarks: Sendable {
    private let session: BrokerSession

    package init(_ session: BrokerSession) {
        self.session = session
    }

    /// An id for ``put(_:)``, made beforehand so that the reader can be told what to look out for.
    package static func newID() -> String { UUIDText.version7() }

    /// Returns when the mark is stored.
    /// - Throws: ``AMQPError``: `unroutable` when there is no ledger stream, `notConnected` and `blocked` at once, without a wait.
    package func put(_ id: String) async throws {
        let status = session.publishing.status
        guard status.isConnected else { throw AMQPError(.notConnected, status.lastError ?? "not connected to the broker yet") }
        if let reason = status.blockedReason { throw AMQPError(.blocked, "the broker takes no messages: \(reason)") }
        try await session.publishing.publish(Self.message(id))
    }

    /// Puts a mark that nobody waits for, so that the stream has something to tell.
    func drop() {
        session.publishing.send(Self.message(Self.newID()))
    }

    private static func message(_ id: String) -> AMQPMessage {
        AMQPMessage(
            exchange: BrokerNames.Exchange.byQueueName, routingKey: BrokerNames.Queue.ledger,
            properties: AMQPProperties(
                deliveryMode: .persistent, messageID: id, type: BrokerNames.MessageType.barrier, appID: BrokerNames.application),
            body: ByteBuffer())
    }
}
