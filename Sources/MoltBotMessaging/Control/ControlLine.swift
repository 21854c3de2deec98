package import AMQP
internal import Logging
internal import MoltBotCore
internal import NIOCore
internal import Synchronization

/// A process's own queue on the control exchange: hears what is said to all, and the answers to its own questions.
package final class ControlLine: Sendable {
    private static let prefetch: UInt16 = 100
    /// Answers kept for one question: more workers than this are not asked for their word one by one.
    private static let maximumAnswers = 1000

    let queue = AMQPQueue(
        name: BrokerNames.controlQueuePrefix + UUIDText.version7(),
        // Outlives a short loss of the connection, and not the process.
        arguments: ["x-expires": 60_000, "x-max-length": 10_000])
    let session: BrokerSession
    let replies = PendingReplies()
    /// On which connection, counted, the queue was declared last: before a later one it may have expired.
    private let declaredOn = Mutex<Int?>(nil)
    private let questions = Mutex<[String: AsyncStream<ControlAnswer>.Continuation]>([:])

    package init(_ session: BrokerSession) {
        self.session = session
    }

    /// Hears until cancelled or shut down.
    /// - Parameters:
    ///   - answer: what this process has to say; nil is silence.
    ///   - settled: called when this process hears what is said to all, or finds that it can't yet.
    package func run(
        _ answer: @escaping @Sendable (ControlMessage) async -> ControlAnswer? = { _ in nil }, settled: @escaping @Sendable () -> Void = {}
    ) async {
        while !Task.isCancelled {
            defer { settled() }
            do {
                try await prepareToHear(within: .seconds(3600))
                return try await session.consuming.consume(
                    AMQPSubscription(queue: queue.name, prefetch: Self.prefetch),
                    recover: { (error) throws(AMQPError) in try await self.restore(after: error) }, started: settled
                ) { delivery in
                    await self.received(delivery, answer)
                    return .ack
                }
            } catch {
                if Task.isCancelled { return }
                session.logger.warning("The control queue was lost; declaring it again", metadata: ["amqp.error": "\(error)"])
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }

    /// Says something to all processes and gathers what they answer within `window`.
    /// - Parameter isEnough: ends the wait early.
    /// An order to cancel is kept by the broker when this returns, whoever has answered.
    /// - Throws: ``AMQPError`` when the question could not be published.
    package func ask(
        _ message: ControlMessage, within window: Duration, isEnough: @Sendable ([ControlAnswer]) -> Bool = { _ in false }
    ) async throws(AMQPError) -> [ControlAnswer] {
        let question = UUIDText.version7()
        let (stream, source) = AsyncStream.makeStream(of: ControlAnswer.self, bufferingPolicy: .bufferingOldest(Self.maximumAnswers))
        questions.withLock { $0[question] = source }
        defer { _ = questions.withLock { $0.removeValue(forKey: question) } }
        try await prepareForAnswers()
        try await session.publishing.publish(self.message(message, question: question))
        return await withTaskGroup(of: Void.self) { group in
            group.addTask {
                try? await Task.sleep(for: window)
                source.finish()
            }
            var answers: [ControlAnswer] = []
            for await answer in stream {
                answers.append(answer)
                if isEnough(answers) { break }
            }
            group.cancelAll()
            return answers
        }
    }

    /// Says something to all other processes that needs no answer. It is lost without a connection, like all that is said here.
    package func tell(_ message: ControlMessage) {
        session.publishing.send(self.message(message, question: nil))
    }

    private func message(_ message: ControlMessage, question: String?) -> AMQPMessage {
        AMQPMessage(
            exchange: message.isKept ? BrokerNames.Exchange.cancels : BrokerNames.Exchange.control, routingKey: "",
            properties: AMQPProperties(
                contentType: "application/json", deliveryMode: message.isKept ? .persistent : .transient, correlationID: question,
                replyTo: queue.name,
                type: message.type, appID: BrokerNames.application),
            body: ByteBuffer(bytes: message.encode()), isMandatory: false)
    }

    /// The queue is gone: it has expired, or somebody has deleted it. Anything else would come again at once.
    private func restore(after error: AMQPError) async throws(AMQPError) {
        guard error.replyCode == 404 || error.code == .consumerCancelled else { throw error }
        try await prepareToHear()
    }

    /// Returns when this process hears what is said to all. Without it, two that start at once may miss each other's first word.
    /// - Parameter timeout: for the connection.
    package func prepareToHear(within timeout: Duration = .seconds(30)) async throws(AMQPError) {
        do {
            try await session.consuming.withChannel(timeout: timeout) { channel in
                let connection = session.consuming.status.connectionCount
                try await channel.queueDeclare(self.queue)
                try await channel.queueBind(queue: self.queue.name, exchange: BrokerNames.Exchange.control, routingKey: "")
                declaredOn.withLock { $0 = connection }
            }
        } catch {
            throw error as? AMQPError ?? AMQPError(.notConnected, "\(error)", cause: error)
        }
    }

    /// A process that asks right after its start, or after it was without a connection for long, would otherwise be faster than its own
    /// queue, and answers would go nowhere.
    func prepareForAnswers() async throws(AMQPError) {
        guard declaredOn.withLock(\.self) != session.consuming.status.connectionCount else { return }
        try await prepareToHear()
    }

    private func received(_ delivery: AMQPDelivery, _ answer: (ControlMessage) async -> ControlAnswer?) async {
        if replies.take(delivery) { return }
        if let answered = ControlAnswer(delivery) {
            let question = delivery.properties.correlationID.flatMap { id in questions.withLock { $0[id] } }
            question?.yield(answered)
            return
        }
        // One's own question comes back as well; a process knows its own answer.
        guard let message = ControlMessage(delivery), let replyTo = delivery.properties.replyTo, replyTo != queue.name,
            let said = await answer(message)
        else { return }
        do {
            try await session.publishing.publish(
                AMQPMessage(
                    exchange: BrokerNames.Exchange.byQueueName, routingKey: replyTo,
                    properties: AMQPProperties(
                        contentType: "application/json", deliveryMode: .transient, correlationID: delivery.properties.correlationID,
                        type: BrokerNames.MessageType.answer, appID: BrokerNames.application),
                    body: ByteBuffer(bytes: said.encode())))
        } catch {
            session.logger.debug("An answer to a control message was not sent", metadata: ["amqp.error": "\(error)"])
        }
    }
}
