package import AMQP
package import MoltBotCore
internal import NIOCore

/// Appends to the registry stream.
package struct RegistryWriter: Sendable {
    private let publisher: ReliablePublisher

    package init(_ session: BrokerSession) {
        publisher = ReliablePublisher(client: session.publishing, logger: session.logger)
    }

    /// Returns when the broker has all records, in this order. Tries until then, or until cancelled.
    ///
    /// They replace whatever is there, and a repeated try may come after somebody else's record. For an entry that others write as well,
    /// use ``Registry/change(_:_:)``.
    /// - Throws: ``AMQPError``: 403, `cancelled`.
    package func append(_ records: [RegistryRecord]) async throws(AMQPError) {
        for record in records { try await append(record, over: .anything) }
    }

    /// Appends a record that counts only if `base` still is the state of its entry when it comes to stand in the stream.
    /// - Returns: its own revision.
    @discardableResult
    func append(_ record: RegistryRecord, over base: RegistryRevision.Base) async throws(AMQPError) -> String {
        let appended = RegistryRevision(id: UUIDText.version7(), record: record, base: base)
        try await publish(appended.message)
        return appended.id
    }

    /// Puts a message into the stream that is no record, so that a reader knows when it has read up to here. It stays there: for a stream
    /// whose end cannot be found otherwise (``RegistryEnd``).
    /// - Returns: its message id.
    func mark() async throws(AMQPError) -> String {
        let id = UUIDText.version7()
        try await publish(
            AMQPMessage(
                exchange: BrokerNames.Exchange.byQueueName, routingKey: BrokerNames.Queue.registry,
                properties: AMQPProperties(
                    deliveryMode: .persistent, messageID: id, type: BrokerNames.MessageType.barrier, appID: BrokerNames.application),
                body: ByteBuffer()))
        return id
    }

    /// A stream has no route for some seconds after the start of its broker, or until somebody declares it again.
    private func publish(_ message: AMQPMessage) async throws(AMQPError) {
        try await publisher.publish(message, mayRepeat: { $0.isRetriable || $0.code == .unroutable })
    }
}
