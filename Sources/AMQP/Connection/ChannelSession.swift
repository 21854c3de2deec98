internal import DequeModule
internal import NIOCore
internal import Synchronization

/// One channel on the event loop of its connection: runs the actions of its state machines. Not thread-safe.
final class ChannelSession {
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
        enum Reception {
            case taken
            /// The consumer no longer listens.
            case refused
            case overflown
        }

        var received: (AMQPDelivery) -> Reception
        /// Nil when this side ended it.
        var ended: (AMQPError?) -> Void
    }

    let number: UInt16
    let end = Ending()
    /// Tells the deliveries of this channel from those of every other in this process: their tags all start at 1.
    let id: UInt64
    private static let lastID = Atomic<UInt64>(0)
    private unowned let connection: ConnectionHandler
    private var machine = ChannelStateMachine<Call>()
    private var assembler = ContentAssembler()
    private var confirms = ConfirmTracker<PendingPublish>()
    private var deliveries = DeliveryTracker()
    private var consumers: [String: Consumer] = [:]
    /// Publishes that wait for an alarm to end, the socket to drain or confirms to arrive. Bounded by their callers, who wait as well.
    private var held: Deque<PendingPublish> = []
    /// When the broker must have answered the close of this channel.
    private var closeDeadline: NIODeadline?

    init(number: UInt16, connection: ConnectionHandler) {
        self.number = number
        self.id = Self.lastID.add(1, ordering: .relaxed).newValue
        self.connection = connection
    }

    // MARK: Requests from this side

    func call(_ method: Method, deadline: NIODeadline, resume: @escaping (Result<Reply, AMQPError>) -> Void) {
        do throws(AMQPError) {
            try machine.check()
            try connection.write(method, channel: number)
            try machine.called(Call(deadline: deadline, resume: resume), method)
        } catch {
            resume(.failure(error))
        }
    }

    func publish(_ publish: PendingPublish) {
        do throws(AMQPError) {
            try machine.check()
        } catch {
            return publish.notSent(error)
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
    func settle(_ delivery: AMQPDelivery, _ disposition: AMQPDisposition) {
        guard delivery.channelID == id, (try? machine.check()) != nil else { return }
        if let method = deliveries.settled(delivery.deliveryTag, disposition) {
            run { () throws(AMQPError) in try connection.write(method, channel: number) }
        }
        connection.hasAcknowledgements(self)
    }

    func close(deadline: NIODeadline) {
        flushAcknowledgements()
        closeDeadline = deadline
        run(machine.closeRequested())
        failHeld()
    }

    /// The connection closes in order: what was sent may still be confirmed, nothing new leaves.
    func connectionClosing(_ error: AMQPError) {
        machine.connectionClosing(error)
        failHeld()
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
            if let content = try assembler.headerReceived(bodySize: bodySize, properties) { try contentReceived(content) }
        }
    }

    func bodyReceived(_ bytes: ByteBuffer) {
        run { () throws(AMQPError) in
            if let content = try assembler.bodyReceived(bytes) { try contentReceived(content) }
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
        // Publishes given up above have left their places to those that wait.
        resumePublishing()
        // A broker with an alarm does not read, so it cannot answer; nobody waits for the answer to a close.
        let isCloseOverdue = connection.blockedReason == nil && (closeDeadline ?? .distantFuture) <= now
        guard isCloseOverdue || (machine.oldestCall?.deadline ?? .distantFuture) <= now else { return nil }
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
        for publish in confirms.channelClosed() { publish.channelClosed(error) }
        failHeld()
        let ended = consumers.values
        consumers.removeAll()
        for consumer in ended { consumer.ended(error) }
    }

    /// Publishes that never left: the channel takes no more.
    private func failHeld() {
        guard !held.isEmpty else { return }
        do throws(AMQPError) {
            try machine.check()
        } catch {
            let unsent = held
            held.removeAll()
            for publish in unsent { publish.notSent(error) }
        }
    }

    private func contentReceived(_ content: ContentAssembler.Content) throws(AMQPError) {
        switch content.method {
        case .basicDeliver(let deliver): try deliveryReceived(deliver, content)
        case .basicReturn(let returned):
            confirms.returned(
                .init(exchange: returned.exchange, routingKey: returned.routingKey, messageID: content.properties.messageID),
                replyCode: returned.replyCode, replyText: returned.replyText)
        case .basicGetOk(let deliver):
            try deliveries.delivered(deliver.deliveryTag)
            guard case .answer(let call, _) = machine.answered(content.method) else {
                throw AMQPError(.protocolViolation, "the broker sent a message that nobody asked for")
            }
            call.resume(.success(.delivery(AMQPDelivery(deliver, content, channelID: id, channelEnd: end))))
        default: return
        }
    }

    private func deliveryReceived(_ deliver: Method.Deliver, _ content: ContentAssembler.Content) throws(AMQPError) {
        try deliveries.delivered(deliver.deliveryTag)
        let delivery = AMQPDelivery(deliver, content, channelID: id, channelEnd: end)
        switch consumers[deliver.consumerTag]?.received(delivery) {
        case .taken: return
        // It has crossed the end of its consumer on the wire: another may have it now rather than when the channel closes.
        // A stream keeps its messages anyway, and RabbitMQ closes the whole connection (540) when one of them is refused.
        case .refused, nil: if delivery.properties.headers?["x-stream-offset"] == nil { settle(delivery, .requeue) }
        case .overflown:
            throw AMQPError(
                .protocolViolation, "the broker sent more deliveries than the prefetch of consumer \(deliver.consumerTag) allows")
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
            confirms.published(publish, address: publish.address)
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
    fileprivate init(_ deliver: Method.Deliver, _ content: ContentAssembler.Content, channelID: UInt64, channelEnd: Ending) {
        self.init(
            exchange: deliver.exchange, routingKey: deliver.routingKey, properties: content.properties, body: content.body,
            isRedelivered: deliver.isRedelivered, deliveryTag: deliver.deliveryTag)
        self.channelID = channelID
        self.channelEnd = channelEnd
    }
}
