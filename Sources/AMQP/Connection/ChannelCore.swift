internal import DequeModule
internal import NIOCore

/// One channel on the event loop of its connection: runs the actions of its state machines. Not thread-safe.
final class ChannelCore {
    /// What answers a synchronous method.
    enum Reply: Sendable {
        case method(Method)
        case delivery(AMQPDelivery)
    }

    struct Call {
        var deadline: NIODeadline
        var resume: (Result<Reply, AMQPError>) -> Void
    }

    struct Consumer {
        var received: (AMQPDelivery) -> Void
        /// Nil when this side ended it.
        var ended: (AMQPError?) -> Void
    }

    let number: UInt16
    let end = ChannelEnd()
    private unowned let connection: ConnectionHandler
    private var machine = ChannelStateMachine<Call>()
    private var assembler = ContentAssembler()
    private var confirms = ConfirmTracker<PendingPublish>()
    private var deliveries = DeliveryTracker()
    private var consumers: [String: Consumer] = [:]
    /// Publishes that wait for an alarm to end, the socket to drain or confirms to arrive. Bounded by their callers, who wait as well.
    private var held: Deque<PendingPublish> = []

    init(number: UInt16, connection: ConnectionHandler) {
        self.number = number
        self.connection = connection
    }

    // MARK: Requests from this side

    func call(_ method: Method, deadline: NIODeadline, resume: @escaping (Result<Reply, AMQPError>) -> Void) {
        do throws(AMQPError) {
            try machine.check()
            try connection.write(method, channel: number)
            try machine.called(Call(deadline: deadline, resume: resume))
        } catch {
            resume(.failure(error))
        }
    }

    func publish(_ publish: PendingPublish) {
        do throws(AMQPError) {
            try machine.check()
        } catch {
            return publish.failed(error)
        }
        guard held.isEmpty, mayPublish else {
            held.append(publish)
            return
        }
        send(publish)
    }

    /// Registers the consumer before the broker can send it anything.
    func consume(_ consume: Method.Consume, consumer: Consumer, deadline: NIODeadline, resume: @escaping (Result<Void, AMQPError>) -> Void)
    {
        consumers[consume.consumerTag] = consumer
        call(.basicConsume(consume), deadline: deadline) { [weak self] result in
            if case .failure = result { self?.consumers[consume.consumerTag] = nil }
            resume(result.map { _ in })
        }
    }

    /// Ends a consumer: no more deliveries; those already handed out can still be settled.
    func cancelConsumer(_ tag: String, deadline: NIODeadline) {
        guard consumers[tag] != nil else { return }
        call(.basicCancel(consumerTag: tag, noWait: false), deadline: deadline) { [weak self] _ in
            self?.consumers.removeValue(forKey: tag)?.ended(nil)
        }
    }

    /// Records the verdict on a delivery. On a closed channel it means nothing: the broker has taken the message back.
    func settle(_ tag: UInt64, _ disposition: AMQPDisposition) {
        guard (try? machine.check()) != nil else { return }
        if let method = deliveries.settled(tag, disposition) {
            run { () throws(AMQPError) in try connection.write(method, channel: number) }
        }
        connection.hasAcknowledgements(self)
    }

    func close() {
        flushAcknowledgements()
        run(machine.closeRequested())
    }

    // MARK: What the connection tells

    func methodReceived(_ method: Method) {
        guard assembler.isIdle else {
            return connection.violated(AMQPError(.protocolViolation, "the broker sent \(method) inside a message"))
        }
        run(machine.methodReceived(method))
    }

    func headerReceived(bodySize: UInt64, _ properties: AMQPProperties) {
        run { () throws(AMQPError) in
            if let content = try assembler.headerReceived(bodySize: bodySize, properties) { contentReceived(content) }
        }
    }

    func bodyReceived(_ bytes: UnsafeRawBufferPointer) {
        run { () throws(AMQPError) in
            if let content = try assembler.bodyReceived(bytes) { contentReceived(content) }
        }
    }

    /// Writes the acknowledgements that have gathered.
    func flushAcknowledgements() {
        guard (try? machine.check()) != nil else { return }
        for method in deliveries.flush() {
            run { () throws(AMQPError) in try connection.write(method, channel: number) }
        }
    }

    /// Publishing may go on: an alarm has ended, or the socket has drained.
    func resumePublishing() {
        while mayPublish, let next = held.popFirst() { send(next) }
    }

    func connectionFailed(_ error: AMQPError) {
        run(machine.connectionFailed(error))
    }

    /// Ends waits that are over. Returns an error when a synchronous call was not answered: the connection's state is unknown then.
    func deadlinesPassed(_ now: NIODeadline) -> AMQPError? {
        for publish in confirms.timedOut({ $0.deadline <= now }) {
            publish.failed(AMQPError(.outcomeUnknown, "the broker did not confirm the message in time; it may be overloaded"))
        }
        while let first = held.first, first.deadline <= now {
            held.removeFirst()
            first.failed(blockedError)
        }
        guard let oldest = machine.oldestCall, oldest.deadline <= now else { return nil }
        return AMQPError(.timeout, "the broker did not answer a call in time; it may be overloaded or stopped")
    }

    // MARK: Actions

    private func run(_ action: ChannelStateMachine<Call>.Action) {
        switch action {
        case .none: return
        case .answer(let call, let method): call.resume(.success(.method(method)))
        case .contentBegan(let method): run { () throws(AMQPError) in try assembler.methodReceived(method) }
        case .confirmed(let tag, let isMultiple, let isAck):
            for (publish, outcome) in confirms.confirmed(tag, isMultiple: isMultiple, isAck: isAck) { publish.resolve(outcome) }
            if !held.isEmpty { resumePublishing() }
        case .consumerCancelled(let tag, let reply):
            if let reply { run { () throws(AMQPError) in try connection.write(reply, channel: number) } }
            consumers.removeValue(forKey: tag)?.ended(
                AMQPError(.consumerCancelled, "the broker ended the consumer: its queue was deleted or moved to another node"))
        case .send(let method): run { () throws(AMQPError) in try connection.write(method, channel: number) }
        case .closed(let error, let calls, let reply): closed(error, calls: calls, reply: reply)
        case .violation(let error): connection.violated(error)
        }
    }

    private func closed(_ error: AMQPError, calls: [Call], reply: Method?) {
        if let reply { run { () throws(AMQPError) in try connection.write(reply, channel: number) } }
        end.happened()
        connection.channelClosed(self)
        for call in calls { call.resume(.failure(error)) }
        for publish in confirms.channelClosed() {
            publish.failed(
                publish.isCause(of: error)
                    ? error
                    : AMQPError(
                        .outcomeUnknown, "the channel ended before the broker confirmed the message: \(error.message)",
                        replyCode: error.replyCode, cause: error))
        }
        let unsent = held
        held.removeAll()
        for publish in unsent { publish.failed(error) }
        let ended = consumers.values
        consumers.removeAll()
        for consumer in ended { consumer.ended(error) }
    }

    private func contentReceived(_ content: ContentAssembler.Content) {
        switch content.method {
        case .basicDeliver(let deliver):
            deliveries.delivered(deliver.deliveryTag)
            // A delivery can cross the cancellation of its consumer on the wire; the broker takes it back when the channel closes.
            consumers[deliver.consumerTag]?.received(AMQPDelivery(deliver, content))
        case .basicReturn(let returned):
            confirms.returned(
                .init(exchange: returned.exchange, routingKey: returned.routingKey, messageID: content.properties.messageID),
                replyCode: returned.replyCode, replyText: returned.replyText)
        case .basicGetOk(let deliver):
            deliveries.delivered(deliver.deliveryTag)
            guard case .answer(let call, _) = machine.answered(content.method) else {
                return connection.violated(AMQPError(.protocolViolation, "the broker sent a message that nobody asked for"))
            }
            call.resume(.success(.delivery(AMQPDelivery(deliver, content))))
        default: return
        }
    }

    private var mayPublish: Bool {
        connection.mayPublish && confirms.openCount < connection.maximumUnconfirmed
    }

    private var blockedError: AMQPError {
        guard let reason = connection.blockedReason else {
            return AMQPError(.blocked, "the broker takes messages too slowly; this one was not sent")
        }
        return AMQPError(.blocked, "the broker has an alarm (\(reason)) and takes no messages; free its memory or disk")
    }

    private func send(_ publish: PendingPublish) {
        do throws(AMQPError) {
            try connection.write(publish.message, channel: number)
            _ = confirms.published(publish, address: publish.address)
        } catch {
            publish.failed(error)
        }
    }

    /// A failure here means that the broker, or this side, broke the protocol.
    private func run(_ step: () throws(AMQPError) -> Void) {
        do throws(AMQPError) {
            try step()
        } catch {
            connection.violated(error)
        }
    }
}

extension AMQPDelivery {
    fileprivate init(_ deliver: Method.Deliver, _ content: ContentAssembler.Content) {
        self.init(
            exchange: deliver.exchange, routingKey: deliver.routingKey, properties: content.properties, body: content.body,
            isRedelivered: deliver.isRedelivered, deliveryTag: deliver.deliveryTag)
    }
}
