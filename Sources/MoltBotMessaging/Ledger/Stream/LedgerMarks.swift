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
    /// - Throws: ``AMQPError``: `unroutable` when there is no ledger stream.
    package func put(_ id: String) async throws {
        try await session.publishing.publish(Self.message(id))
    }

    /// Puts a mark that nobody waits for, so that a new subscription has something to read: it may be on another stream than before.
    func drop() async {
        // Ends early only when the subscription has ended.
        guard (try? await session.publishing.waitUntilConnected(within: .seconds(60))) != nil else { return }
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
