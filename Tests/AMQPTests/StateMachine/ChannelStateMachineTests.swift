import Testing

@testable import AMQP

@Suite("Channel state machine")
struct ChannelStateMachineTests {
    private static let notFound = Method.channelClose(.init(replyCode: 404, replyText: "NOT_FOUND - no queue 'q'"))
    private static let goodbye = Method.channelClose(.init(replyCode: 200, replyText: "goodbye"))

    @Test("answers go to calls in order")
    func answers() throws {
        var machine = ChannelStateMachine<Int>()
        try machine.called(1, .channelOpen)
        try machine.called(2, .confirmSelect)
        #expect(machine.oldestCall == 1)
        #expect(machine.methodReceived(.channelOpenOk) == .answer(1, .channelOpenOk))
        #expect(machine.oldestCall == 2)
        #expect(machine.methodReceived(.confirmSelectOk) == .answer(2, .confirmSelectOk))
        #expect(machine.oldestCall == nil)
    }

    @Test("an answer to something else is a violation, and so is one that nobody waits for")
    func wrongAnswer() throws {
        var machine = ChannelStateMachine<Int>()
        #expect(machine.methodReceived(.queueBindOk) == .violation(.expected(.protocolViolation)))
        try machine.called(1, .channelOpen)
        #expect(machine.methodReceived(.queueBindOk) == .violation(.expected(.protocolViolation)))
        #expect(machine.methodReceived(.channelCloseOk) == .violation(.expected(.protocolViolation)))
    }

    @Test("the ends of a consumer's start and cancel find their calls by its tag, whatever was answered before them")
    func consumersAnswerLate() throws {
        var machine = ChannelStateMachine<Int>()
        try machine.called(1, .basicConsume(.init(queue: "q", consumerTag: "c")))
        try machine.called(2, .basicCancel(consumerTag: "c", noWait: false))
        try machine.called(3, .basicQos(prefetchCount: 1))
        try machine.called(4, .queuePurge(name: "q"))
        #expect(machine.methodReceived(.basicQosOk) == .answer(3, .basicQosOk))
        #expect(machine.methodReceived(.basicConsumeOk(consumerTag: "c")) == .answer(1, .basicConsumeOk(consumerTag: "c")))
        #expect(machine.methodReceived(.queuePurgeOk(messageCount: 0)) == .answer(4, .queuePurgeOk(messageCount: 0)))
        #expect(machine.oldestCall == 2)
        #expect(machine.methodReceived(.basicCancelOk(consumerTag: "other")) == .violation(.expected(.protocolViolation)))
        #expect(machine.methodReceived(.basicCancelOk(consumerTag: "c")) == .answer(2, .basicCancelOk(consumerTag: "c")))
    }

    @Test("a close by the broker ends all calls and every later one")
    func closedByBroker() throws {
        var machine = ChannelStateMachine<Int>()
        try machine.called(1, .queueBind(.init(queue: "q", exchange: "e", routingKey: "")))
        try machine.called(2, .basicQos(prefetchCount: 1))
        #expect(machine.methodReceived(Self.notFound) == .closed(.expected(.channelClosed, 404), calls: [1, 2], reply: .channelCloseOk))
        #expect(throws: AMQPError.expected(.channelClosed, 404)) { try machine.called(3, .confirmSelect) }
        #expect(machine.methodReceived(.basicAck(tag: 1, isMultiple: false)) == .none)
        #expect(machine.closeRequested() == .none)
    }

    @Test("after its close this side takes nothing new and still hears the broker")
    func closing() throws {
        var machine = ChannelStateMachine<Int>()
        #expect(machine.closeRequested() == .send(Self.goodbye))
        #expect(machine.closeRequested() == .none)
        #expect(throws: AMQPError.expected(.channelClosed)) { try machine.check() }
        #expect(
            machine.methodReceived(.basicAck(tag: 7, isMultiple: true)) == .confirmed(tag: 7, isMultiple: true, isAck: true))
        #expect(machine.methodReceived(.channelCloseOk) == .closed(.expected(.channelClosed), calls: [], reply: nil))
    }

    @Test("when both close at once, the number is taken until this side's close is answered")
    func closedByBoth() {
        var machine = ChannelStateMachine<Int>()
        _ = machine.closeRequested()
        #expect(machine.methodReceived(Self.notFound) == .send(.channelCloseOk))
        #expect(machine.methodReceived(.channelCloseOk) == .closed(.expected(.channelClosed, 404), calls: [], reply: nil))
    }

    @Test("confirms, cancels, flow and content pass through")
    func events() {
        var machine = ChannelStateMachine<Int>()
        #expect(
            machine.methodReceived(.basicNack(tag: 3, isMultiple: false, requeue: false))
                == .confirmed(tag: 3, isMultiple: false, isAck: false))
        #expect(
            machine.methodReceived(.basicCancel(consumerTag: "c", noWait: true)) == .consumerCancelled(tag: "c", reply: nil))
        #expect(
            machine.methodReceived(.basicCancel(consumerTag: "c", noWait: false))
                == .consumerCancelled(tag: "c", reply: .basicCancelOk(consumerTag: "c")))
        #expect(machine.methodReceived(.channelFlow(isActive: false)) == .send(.channelFlowOk(isActive: false)))
        let deliver = Method.basicDeliver(.init(consumerTag: "c", deliveryTag: 1, isRedelivered: false, exchange: "", routingKey: "q"))
        #expect(machine.methodReceived(deliver) == .contentBegan(deliver))
    }

    @Test("a lost connection ends the calls once")
    func connectionLost() throws {
        var machine = ChannelStateMachine<Int>()
        try machine.called(1, .channelOpen)
        #expect(
            machine.connectionFailed(.expected(.connectionLost)) == .closed(.expected(.connectionLost), calls: [1], reply: nil))
        #expect(machine.connectionFailed(.expected(.connectionLost)) == .none)
    }
}
