import NIOCore
import NIOEmbedded
import Testing

@testable import AMQP

@Suite("Consuming on the wire")
struct ConsumeWireTests {
    /// A consumer, and what came to it.
    private final class Listener {
        private(set) var deliveries: [AMQPDelivery] = []
        private(set) var ends: [AMQPError?] = []
        var reception = ChannelSession.Consumer.Reception.taken

        func start(_ broker: EmbeddedBroker, _ core: ChannelSession, tag: String = "c") {
            core.consume(
                .init(queue: "q", consumerTag: tag),
                consumer: .init(
                    received: { delivery in
                        self.deliveries.append(delivery)
                        return self.reception
                    }, ended: { error in self.ends.append(error) }), deadline: .distantFuture
            ) { _ in }
        }
    }

    private static func consuming() throws -> (EmbeddedBroker, ChannelSession, Listener) {
        let broker = try EmbeddedBroker.opened()
        let core = try broker.openChannel()
        let listener = Listener()
        listener.start(broker, core)
        try broker.send(.basicConsumeOk(consumerTag: "c"), channel: core.number)
        _ = try broker.writes()
        return (broker, core, listener)
    }

    @Test("the first delivery may come before consume-ok")
    func earlyDelivery() throws {
        let broker = try EmbeddedBroker.opened()
        let core = try broker.openChannel()
        let listener = Listener()
        listener.start(broker, core)
        try broker.deliver(1...1, channel: core.number)
        try broker.send(.basicConsumeOk(consumerTag: "c"), channel: core.number)
        #expect(listener.deliveries.map(\.body) == [ByteBuffer(string: "1")])
    }

    @Test("acks of one turn leave in one write, as few as possible; stale ones never")
    func acks() throws {
        let (broker, core, listener) = try Self.consuming()
        try broker.deliver(1...100, channel: core.number)
        for delivery in listener.deliveries.shuffled() { core.settle(delivery, .ack) }
        for delivery in listener.deliveries { core.settle(delivery, .requeue) }
        #expect(try broker.writes() == [[.method(channel: core.number, .basicAck(tag: 100, isMultiple: true))]])
        let other = try broker.openChannel()
        var foreign = try #require(listener.deliveries.first)
        other.settle(foreign, .ack)
        foreign.channelID = 0
        core.settle(foreign, .ack)
        #expect(try broker.writes().isEmpty)
    }

    @Test("verdicts leave before the channel's close")
    func verdictsBeforeClose() throws {
        let (broker, core, listener) = try Self.consuming()
        try broker.deliver(1...2, channel: core.number)
        for delivery in listener.deliveries { core.settle(delivery, .ack) }
        core.close(deadline: .distantFuture)
        core.settle(try #require(listener.deliveries.first), .requeue)
        #expect(
            try broker.writes() == [
                [
                    .method(channel: core.number, .basicAck(tag: 2, isMultiple: true)),
                    .method(channel: core.number, .channelClose(.init(replyCode: 200, replyText: "goodbye"))),
                ]
            ])
    }

    @Test("a cancel by the broker ends that consumer only")
    func cancelledByBroker() throws {
        let (broker, core, listener) = try Self.consuming()
        let other = Listener()
        other.start(broker, core, tag: "other")
        try broker.send(.basicConsumeOk(consumerTag: "other"), .basicCancel(consumerTag: "c", noWait: true), channel: core.number)
        #expect(listener.ends == [.expected(.consumerCancelled)])
        #expect(other.ends.isEmpty)
        #expect(broker.channel.isActive)
    }

    @Test("what crosses the end of its consumer goes back at once")
    func crossing() throws {
        let (broker, core, listener) = try Self.consuming()
        core.cancelConsumer("c", deadline: .distantFuture)
        try broker.send(.basicCancelOk(consumerTag: "c"), channel: core.number)
        #expect(listener.ends == [nil])
        _ = try broker.writes()
        try broker.deliver(1...1, channel: core.number)
        #expect(try broker.writes() == [[.method(channel: core.number, .basicReject(tag: 1, requeue: true))]])
    }

    @Test("a call after a cancel may be answered before it")
    func callAfterCancel() throws {
        let (broker, core, listener) = try Self.consuming()
        core.cancelConsumer("c", deadline: .distantFuture)
        let answers = Outcomes<Result<ChannelSession.Reply, AMQPError>>()
        core.call(.queuePurge(name: "q"), deadline: .distantFuture) { answers.append($0) }
        try broker.send(.queuePurgeOk(messageCount: 0), .basicCancelOk(consumerTag: "c"), channel: core.number)
        guard case .success(.method(.queuePurgeOk(messageCount: 0)))? = answers.values.first else {
            Issue.record("the call was answered with \(answers.values)")
            return
        }
        #expect(listener.ends == [nil])
        #expect(broker.channel.isActive)
    }

    @Test("more than the consumer can hold is a violation, never a loss")
    func overflow() throws {
        let (broker, core, listener) = try Self.consuming()
        listener.reception = .overflown
        try broker.deliver(1...1, channel: core.number)
        #expect(listener.ends == [.expected(.protocolViolation)])
        #expect(!broker.channel.isActive)
    }

    @Test("a channel closed by the broker ends its consumers with the reason")
    func channelClosed() throws {
        let (broker, core, listener) = try Self.consuming()
        try broker.deliver(1...1, channel: core.number)
        try broker.send(
            .channelClose(.init(replyCode: 406, replyText: "PRECONDITION_FAILED - delivery acknowledgement timed out")),
            channel: core.number)
        #expect(listener.ends == [.expected(.channelClosed, 406)])
        #expect(try broker.writes() == [[.method(channel: core.number, .channelCloseOk)]])
        core.settle(try #require(listener.deliveries.first), .ack)
        #expect(try broker.writes().isEmpty)
        #expect(core.end.hasHappened)
    }

    @Test("a message whose properties are odd or cannot be read is delivered as such, and the connection goes on")
    func oddProperties() throws {
        let (broker, core, listener) = try Self.consuming()
        let unreadable: [UInt8] = [0x80, 0, 9, 1]
        for (tag, properties) in [(1, Frames.unusedFlag), (2, unreadable)] as [(UInt64, [UInt8])] {
            let deliver = Method.Deliver(consumerTag: "c", deliveryTag: tag, isRedelivered: false, exchange: "", routingKey: "q")
            try broker.send(.basicDeliver(deliver), channel: core.number)
            try broker.send(Frames.header(properties: properties, channel: core.number))
        }
        try broker.deliver(3...3, channel: core.number)
        #expect(listener.deliveries.map(\.properties) == [.init(contentType: "ab"), .unreadable, .init()])
        #expect(broker.channel.isActive)
    }

    @Test("deliveries split at every byte arrive whole")
    func splits() throws {
        let (broker, core, listener) = try Self.consuming()
        let deliver = Method.Deliver(consumerTag: "c", deliveryTag: 1, isRedelivered: false, exchange: "", routingKey: "q")
        var bytes = try Frames.bytes(.basicDeliver(deliver), channel: core.number)
        bytes.writeImmutableBuffer(try Frames.content(.init(messageID: "m"), ByteBuffer(string: "body"), channel: core.number))
        for byte in bytes.readableBytesView { try broker.send(ByteBuffer(bytes: [byte])) }
        #expect(listener.deliveries.map(\.body) == [ByteBuffer(string: "body")])
        #expect(listener.deliveries.map(\.properties.messageID) == ["m"])
    }
}
