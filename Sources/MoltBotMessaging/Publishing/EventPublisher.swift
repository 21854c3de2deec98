package import AMQP
internal import Instrumentation
package import Logging
internal import Metrics
package import MoltBotCore
internal import ServiceContextModule

/// Publishes events to the events exchange, and terminal ones to the sender's reply queue as well.
package struct EventPublisher: Sendable {
    private let client: AMQPClient
    private let publisher: ReliablePublisher
    private let logger: Logger

    package init(_ client: AMQPClient, logger: Logger) {
        self.client = client
        self.logger = logger
        publisher = ReliablePublisher(client: client, logger: logger)
    }

    /// Sends once, without waiting: `task.started` and `task.retrying` are news, not promises. Events leave in the order of the calls.
    package func announce(_ event: TaskEvent, of task: TaskEnvelope) {
        client.send(fanout(EncodedEvent(event), of: task))
    }

    /// Publishes a terminal event for certain, and returns when the broker has it.
    /// - Parameter isAlreadyStored: asked when the outcome of a try is unknown.
    package func finish(
        _ event: EncodedEvent, of task: TaskEnvelope, isAlreadyStored: (AMQPError) async -> Bool
    ) async throws(AMQPError) {
        // Without the exchange, or the right to use it, nothing is gained by giving the task back: its answer would be paid for again.
        try await publisher.publish(
            fanout(event, of: task), mayRepeat: { $0.isRetriable || $0.replyCode == 403 || $0.replyCode == 404 },
            isAlreadyStored: isAlreadyStored)
    }

    /// Sends a terminal event to the queue its sender named. A sender that has gone, or whose queue is full, does not hold up the task.
    package func reply(_ event: EncodedEvent, of task: TaskEnvelope, to queue: String) async throws(AMQPError) {
        var message = message(event, of: task)
        message.exchange = BrokerNames.Exchange.byQueueName
        message.routingKey = queue
        message.isMandatory = true
        message.properties.correlationID = task.correlationID
        do throws(AMQPError) {
            try await publisher.publish(message, mayRepeat: \.isRetriableElsewhere)
        } catch {
            guard error.code != .cancelled else { throw error }
            Counter(label: "moltbot.replies.lost").increment()
            logger.notice(
                "The reply queue takes no messages; the result is on the events exchange",
                metadata: ["moltbot.reply_to": "\(queue)", "moltbot.task.id": "\(event.taskID)", "amqp.error": "\(error)"])
        }
    }

    /// Sends a piece of a streamed answer. Transient, unconfirmed for the caller's purposes: a lost piece is in the result anyway.
    /// - Returns: false when it was not sent; at once when the broker takes nothing, since the model's answer does not wait for it.
    package func progress(_ event: TaskEvent, of task: TaskEnvelope, to queue: String) async -> Bool {
        let status = client.status
        guard status.isConnected, status.blockedReason == nil else { return false }
        var message = message(EncodedEvent(event), of: task)
        message.exchange = BrokerNames.Exchange.byQueueName
        message.routingKey = queue
        message.properties.correlationID = task.correlationID
        message.properties.deliveryMode = .transient
        do {
            try await client.publish(message)
            return true
        } catch {
            logger.debug("A piece of an answer was not sent", metadata: ["amqp.error": "\(error)"])
            return false
        }
    }

    /// The event for everybody. The callbacks go along, so that the webhook relay needs no memory of tasks.
    private func fanout(_ event: EncodedEvent, of task: TaskEnvelope) -> AMQPMessage {
        var message = message(event, of: task)
        let callbacks = task.callbacks(for: event.type)
        if !callbacks.isEmpty {
            message.properties.headers = (message.properties.headers ?? [:]).merging(
                [WireHeaders.callbacks: .string(TaskCallback.encode(callbacks))]) { _, callbacks in callbacks }
        }
        return message
    }

    private func message(_ event: EncodedEvent, of task: TaskEnvelope) -> AMQPMessage {
        // The sender's trace goes on also where this process has no tracer of its own.
        var headers = task.traceHeaders
        if let context = ServiceContext.current {
            InstrumentationSystem.instrument.inject(context, into: &headers, using: HeaderInjector())
        }
        return AMQPMessage(
            exchange: BrokerNames.Exchange.events, routingKey: BrokerNames.eventKey(event.workspace, event.type),
            properties: AMQPProperties(
                contentType: TaskEvent.contentType, headers: headers.isEmpty ? nil : headers, deliveryMode: .persistent,
                correlationID: event.taskID.rawValue, messageID: event.id,
                timestamp: UInt64(clamping: event.time.secondsSinceEpoch), type: event.type.rawValue, appID: BrokerNames.application),
            body: event.body, isMandatory: false)
    }
}
