import Logging
import NIOCore
import NIOEmbedded
import Testing

@testable import AMQP

@Suite("Connection on the wire")
struct ConnectionWireTests {
    @Test("one protocol header, even when the handler joins a live socket")
    func header() throws {
        let channel = EmbeddedChannel()
        try channel.connect(to: .init(ipAddress: "127.0.0.1", port: 5672)).wait()
        let handler = ConnectionHandler(
            settings: .init(
                credentials: .external, virtualHost: "/", clientProperties: [:], tuning: EmbeddedBroker.tuning), maximumUnconfirmed: 1,
            loop: channel.embeddedEventLoop, logger: .silent, blockedChanged: { _ in })
        try channel.pipeline.syncOperations.addHandler(handler)
        channel.pipeline.fireChannelActive()
        channel.embeddedEventLoop.run()
        #expect(try channel.readOutbound(as: ByteBuffer.self) == ByteBuffer(bytes: FrameEncoder.protocolHeader))
        #expect(try channel.readOutbound(as: ByteBuffer.self) == nil)
        _ = try channel.finish()
    }

    @Test("heartbeats leave at half the interval; silence ends the connection within two")
    func heartbeats() throws {
        let broker = try EmbeddedBroker.opened()
        broker.channel.embeddedEventLoop.advanceTime(by: .seconds(5))
        #expect(try broker.writes() == [[.heartbeat]])
        try broker.send(Frames.raw(type: 8, channel: 0, payload: []))
        broker.channel.embeddedEventLoop.advanceTime(by: .seconds(18))
        #expect(broker.channel.isActive)
        broker.channel.embeddedEventLoop.advanceTime(by: .seconds(2))
        #expect(!broker.channel.isActive)
        #expect(try broker.handler.whenClosed.wait() == .expected(.connectionLost))
    }

    @Test("an unanswered call ends the connection at its deadline")
    func callDeadline() throws {
        let broker = try EmbeddedBroker.opened(.init(channelMax: 16, frameMax: 4096, heartbeat: 0))
        let core = try broker.openChannel()
        let outcomes = Outcomes<AMQPError?>()
        core.call(.queuePurge(name: "q"), deadline: broker.channel.embeddedEventLoop.now + .seconds(10)) { result in
            if case .failure(let error) = result { outcomes.append(error) }
        }
        broker.channel.embeddedEventLoop.advanceTime(by: .seconds(9))
        #expect(outcomes.values.isEmpty)
        broker.channel.embeddedEventLoop.advanceTime(by: .seconds(2))
        #expect(outcomes.values == [.expected(.timeout)])
    }

    @Test("an unanswered close is left after 5 seconds")
    func closeDeadline() throws {
        let broker = try EmbeddedBroker.opened()
        #expect(!broker.handler.closing.hasHappened)
        broker.handler.close()
        broker.handler.close()
        // Whoever looks for a live connection passes it by from now on.
        #expect(broker.handler.closing.hasHappened)
        #expect(try broker.writes() == [[.method(channel: 0, .connectionClose(.init(replyCode: 200, replyText: "goodbye")))]])
        #expect(throws: AMQPError.expected(.connectionClosed)) { try broker.handler.openChannel() }
        broker.channel.embeddedEventLoop.advanceTime(by: .seconds(5))
        #expect(!broker.channel.isActive)
        #expect(try broker.handler.whenClosed.wait() == .expected(.connectionClosed))
    }

    @Test("verdicts leave before the connection's close")
    func verdictsBeforeClose() throws {
        let broker = try EmbeddedBroker.opened()
        let core = try broker.openChannel()
        let deliveries = Outcomes<AMQPDelivery>()
        core.consume(
            .init(queue: "q", consumerTag: "c"),
            consumer: .init(
                received: {
                    deliveries.append($0)
                    return .taken
                }, ended: { _ in }), deadline: .distantFuture
        ) { _ in }
        try broker.send(.basicConsumeOk(consumerTag: "c"), channel: core.number)
        try broker.deliver(1...1, channel: core.number)
        _ = try broker.writes()
        core.settle(try #require(deliveries.values.first), .ack)
        broker.handler.close()
        #expect(
            try broker.writes().flatMap(\.self) == [
                .method(channel: core.number, .basicAck(tag: 1, isMultiple: false)),
                .method(channel: 0, .connectionClose(.init(replyCode: 200, replyText: "goodbye"))),
            ])
    }

    @Test("after a violation the rest of the read is ignored, and the broker is told")
    func violation() throws {
        let broker = try EmbeddedBroker.opened()
        var bytes = Frames.raw(type: 1, channel: 1, payload: [0])
        bytes.writeImmutableBuffer(try Frames.bytes(.connectionBlocked(reason: "late")))
        try broker.send(bytes)
        #expect(
            try broker.writes() == [[.method(channel: 0, .connectionClose(.init(replyCode: 501, replyText: "malformed frame")))]])
        #expect(broker.blockedReasons.isEmpty)
        #expect(!broker.channel.isActive)
        #expect(throws: AMQPError.expected(.protocolViolation)) { try broker.handler.openChannel() }
    }

    @Test("connection.close in the middle of a delivery")
    func closeInsideDelivery() throws {
        let broker = try EmbeddedBroker.opened()
        let core = try broker.openChannel()
        let ends = Outcomes<AMQPError?>()
        core.consume(
            .init(queue: "q", consumerTag: "c"), consumer: .init(received: { _ in .taken }, ended: { ends.append($0) }),
            deadline: .distantFuture
        ) { _ in }
        try broker.send(.basicConsumeOk(consumerTag: "c"), channel: core.number)
        try broker.send(
            .basicDeliver(.init(consumerTag: "c", deliveryTag: 1, isRedelivered: false, exchange: "", routingKey: "q")),
            channel: core.number)
        _ = try broker.writes()
        try broker.send(.connectionClose(.init(replyCode: 320, replyText: "CONNECTION_FORCED")), channel: 0)
        #expect(ends.values == [.expected(.connectionClosed, 320)])
        #expect(try broker.writes() == [[.method(channel: 0, .connectionCloseOk)]])
    }

    @Test("a channel's number is not used again before its close is answered")
    func channelNumbers() throws {
        let broker = try EmbeddedBroker.opened(.init(channelMax: 1, frameMax: 4096, heartbeat: 0))
        let core = try broker.openChannel()
        core.close(deadline: .distantFuture)
        #expect(throws: AMQPError.expected(.invalidConfiguration)) { try broker.handler.openChannel() }
        try broker.send(.channelClose(.init(replyCode: 404, replyText: "NOT_FOUND")), channel: core.number)
        #expect(throws: AMQPError.expected(.invalidConfiguration)) { try broker.handler.openChannel() }
        try broker.send(.channelCloseOk, channel: core.number)
        #expect(try broker.handler.openChannel().number == core.number)
    }

    @Test("a connection that ends is freed with all that belongs to it")
    func isFreed() throws {
        weak var handler: ConnectionHandler?
        weak var core: ChannelSession?
        try {
            let broker = try EmbeddedBroker.opened()
            let opened = try broker.openChannel()
            handler = broker.handler
            core = opened
            broker.publish(opened, AMQPMessage(exchange: "", routingKey: "q", body: ByteBuffer()))
            broker.handler.close()
            _ = try broker.writes()
            try broker.send(.connectionCloseOk, channel: 0)
            #expect(!broker.channel.isActive)
            _ = try? broker.channel.finish()
        }()
        #expect(handler == nil)
        #expect(core == nil)
    }
}
