internal import AMQP
internal import Logging
internal import MoltBotCore
internal import NIOCore

/// The ledger node's end of the questions: any number of nodes share the queue.
package struct LookupQueue: Sendable {
    /// Messages under work at once; their questions share one mark in the stream.
    private static let prefetch: UInt16 = 64

    private let session: BrokerSession

    package init(_ session: BrokerSession) {
        self.session = session
    }

    /// Answers until shut down or cancelled.
    /// - Parameter answer: as many answers as questions, in their order. What it throws leaves the asker without an answer, to go on
    ///   after its patience ends.
    package func serve(_ answer: @escaping @Sendable ([LedgerQuestion]) async throws -> [LedgerAnswer]) async {
        // Ends with a shutdown or a cancellation only: the recovery never gives up.
        try? await session.consuming.consume(
            AMQPSubscription(queue: BrokerNames.Queue.ledgerLookup, prefetch: Self.prefetch), recover: { await recover(from: $0) }
        ) { delivery in
            await respond(to: delivery, answer)
            return .ack
        }
    }

    private func respond(
        to delivery: AMQPDelivery, _ answer: @escaping @Sendable ([LedgerQuestion]) async throws -> [LedgerAnswer]
    ) async {
        guard delivery.properties.type == BrokerNames.MessageType.lookup, let replyTo = delivery.properties.replyTo,
            let questions = LookupWire.questions(in: delivery.body)
        else {
            return session.logger.notice("A message on the ledger's lookup queue is no question that this version can read")
        }
        do {
            let answers = try await answer(questions)
            try await session.publishing.publish(
                AMQPMessage(
                    exchange: BrokerNames.Exchange.byQueueName, routingKey: replyTo,
                    properties: AMQPProperties(
                        contentType: "application/json", deliveryMode: .transient, correlationID: delivery.properties.correlationID,
                        type: BrokerNames.MessageType.lookupAnswer, appID: BrokerNames.application),
                    body: ByteBuffer(bytes: LookupWire.encode(answers)), isMandatory: false))
        } catch {
            session.logger.warning(
                "A question to the ledger stays without an answer", metadata: ["error": "\(error)", "moltbot.tasks": "\(questions.count)"])
        }
    }

    private func recover(from error: AMQPError) async {
        session.logger.error(
            error.replyCode == 403
                ? "This user may not read the ledger's lookup queue; grant it the read permission. Trying again"
                : "Lost the ledger's lookup queue; trying again. If it was deleted, run: moltbot topology apply",
            metadata: ["amqp.error": "\(error)"])
        // Cut short by a shutdown, which ends the consumer as well.
        try? await Task.sleep(for: .seconds(5))
    }
}
