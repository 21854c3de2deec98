internal import DequeModule

/// The life of one channel: its open handshake, the calls that wait for an answer, and its end. Pure; `Call` is whatever resumes the
/// caller, so tests use numbers.
///
/// The broker answers the synchronous methods of a channel in the order they were sent (AMQP 0-9-1, section 4.3), so the first open
/// call takes the next answer. RabbitMQ makes an exception for the start and the cancel of a consumer: their answers come by way of
/// the queue, and what was asked after them may be answered before. They carry the consumer's tag, which tells whose they are.
struct ChannelStateMachine<Call> {
    enum Action {
        case none
        case answer(Call, Method)
        /// A message begins; header and body follow.
        case contentBegan(Method)
        case confirmed(tag: UInt64, isMultiple: Bool, isAck: Bool)
        /// The broker ended a consumer; it wants `cancelOk` unless nil.
        case consumerCancelled(tag: String, reply: Method?)
        case send(Method)
        /// Everything on the channel ends with the error; answer with the method, if any. Its number is free again.
        case closed(AMQPError, calls: [Call], reply: Method?)
        case violation(AMQPError)
    }

    private enum State {
        case open
        /// Takes nothing more from this side; what the broker still sends counts. Ends with the error.
        case closing(AMQPError)
        case closed(AMQPError)
    }

    private var state = State.open
    private var calls: Deque<(request: Method, call: Call)> = []

    /// Registers a synchronous method about to be sent. Throws the reason when the channel takes no more.
    mutating func called(_ call: Call, _ request: Method) throws(AMQPError) {
        try check()
        calls.append((request, call))
    }

    /// Throws the reason when the channel takes no more methods.
    func check() throws(AMQPError) {
        switch state {
        case .open: return
        case .closing(let error), .closed(let error): throw error
        }
    }

    /// The call that has waited longest for its answer.
    var oldestCall: Call? { calls.first?.call }

    mutating func methodReceived(_ method: Method) -> Action {
        if case .closed = state { return .none }
        switch method {
        case .channelClose(let close): return closeReceived(close)
        case .channelCloseOk:
            guard case .closing(let error) = state else { return unexpected(method) }
            return closed(error)
        case .channelFlow(let isActive):
            return .send(.channelFlowOk(isActive: isActive))
        case .basicCancel(let tag, let noWait):
            return .consumerCancelled(tag: tag, reply: noWait ? nil : .basicCancelOk(consumerTag: tag))
        case .basicAck(let tag, let isMultiple):
            return .confirmed(tag: tag, isMultiple: isMultiple, isAck: true)
        case .basicNack(let tag, let isMultiple, _):
            return .confirmed(tag: tag, isMultiple: isMultiple, isAck: false)
        case .basicDeliver, .basicReturn, .basicGetOk:
            return .contentBegan(method)
        default:
            return answered(method)
        }
    }

    /// Takes the open call that this answers: for a method, or for the content of `basic.get-ok`.
    mutating func answered(_ method: Method) -> Action {
        let consumer = method.answeredConsumer
        let index = calls.firstIndex {
            $0.request.askedConsumer == consumer && (consumer == nil || method.isAnswer(to: $0.request))
        }
        guard let index, method.isAnswer(to: calls[index].request) else { return unexpected(method) }
        return .answer(calls.remove(at: index).call, method)
    }

    mutating func closeRequested() -> Action {
        guard case .open = state else { return .none }
        state = .closing(AMQPError(.channelClosed, "the channel was closed by this side"))
        return .send(.channelClose(.init(replyCode: 200, replyText: "goodbye")))
    }

    /// The connection is about to close in order: this channel goes with it.
    mutating func connectionClosing(_ error: AMQPError) {
        if case .open = state { state = .closing(error) }
    }

    mutating func connectionFailed(_ error: AMQPError) -> Action {
        if case .closed = state { return .none }
        return closed(error)
    }

    private mutating func closeReceived(_ close: Method.Close) -> Action {
        let error = AMQPError(.channelClosed, close.replyText, replyCode: close.replyCode)
        if case .closing = state {
            // Both sides closed at once. RabbitMQ still answers this side's close: the number is not free before that, or the
            // answer would end the next channel that has it.
            state = .closing(error)
            return .send(.channelCloseOk)
        }
        return closed(error, reply: .channelCloseOk)
    }

    private func unexpected(_ method: Method) -> Action {
        .violation(AMQPError(.protocolViolation, "the broker answered a call that was not made: \(method)"))
    }

    private mutating func closed(_ error: AMQPError, reply: Method? = nil) -> Action {
        state = .closed(error)
        defer { calls.removeAll() }
        return .closed(error, calls: calls.map(\.call), reply: reply)
    }
}
