import NIOCore
import NIOEmbedded
import Testing

@testable import AMQP

@Suite("Publishing on the wire")
struct PublishWireTests {
    private static func message(_ body: String = "x", to queue: String = "q", exchange: String = "") -> AMQPMessage {
        AMQPMessage(exchange: exchange, routingKey: queue, body: ByteBuffer(string: body))
    }

    @Test("what is published in one turn of the loop leaves in one write")
    func oneWrite() throws {
        let broker = try EmbeddedBroker.opened()
        let core = try broker.openChannel()
        for index in 0..<50 { broker.publish(core, Self.message("\(index)")) }
        let writes = try broker.writes()
        #expect(writes.count == 1)
        #expect(writes.first?.count == 150)
    }

    @Test("multiple confirms, nacks and returns reach the publishes they are for")
    func confirms() throws {
        let broker = try EmbeddedBroker.opened()
        let core = try broker.openChannel()
        let outcomes = (0..<4).map { broker.publish(core, Self.message(to: $0 == 2 ? "nowhere" : "q")) }
        var bytes = try Frames.bytes(
            .basicReturn(.init(replyCode: 312, replyText: "NO_ROUTE", exchange: "", routingKey: "nowhere")), channel: core.number)
        bytes.writeImmutableBuffer(try Frames.content(.init(), ByteBuffer(string: "x"), channel: core.number))
        try broker.send(bytes)
        try broker.send(.basicAck(tag: 3, isMultiple: true), .basicNack(tag: 4, isMultiple: false, requeue: false), channel: core.number)
        #expect(outcomes.map(\.values) == [[.stored], [.stored], [.failed(.expected(.unroutable, 312))], [.failed(.expected(.nacked))]])
    }

    @Test("a channel closed with publishes in flight: the culprit is told why, the rest that nothing is known")
    func channelClosed() throws {
        let broker = try EmbeddedBroker.opened()
        let core = try broker.openChannel()
        let outcomes = ["", "missing"].map { broker.publish(core, Self.message(exchange: $0)) }
        try broker.send(
            .channelClose(.init(replyCode: 404, replyText: "NOT_FOUND - no exchange 'missing' in vhost '/'")), channel: core.number)
        #expect(outcomes.map(\.values) == [[.failed(.expected(.outcomeUnknown, 404))], [.failed(.expected(.channelClosed, 404))]])
        #expect(broker.publish(core, Self.message()).values == [.notSent(.expected(.channelClosed, 404))])
    }

    @Test("an alarm holds publishes back until it ends; those whose time is up were never sent")
    func blocked() throws {
        let broker = try EmbeddedBroker.opened(.init(channelMax: 16, frameMax: 4096, heartbeat: 0))
        let core = try broker.openChannel()
        try broker.send(.connectionBlocked(reason: "low on memory"), channel: 0)
        #expect(broker.blockedReasons == ["low on memory"])
        let late = broker.publish(core, Self.message(), deadline: broker.channel.embeddedEventLoop.now + .seconds(5))
        let patient = broker.publish(core, Self.message("patient"))
        #expect(try broker.writes().isEmpty)
        broker.channel.embeddedEventLoop.advanceTime(by: .seconds(6))
        #expect(late.values == [.failed(.expected(.blocked))])
        try broker.send(.connectionUnblocked, channel: 0)
        #expect(broker.blockedReasons == ["low on memory", nil])
        #expect(try broker.writes().first?.count == 3)
        try broker.send(.basicAck(tag: 1, isMultiple: false), channel: core.number)
        #expect(patient.values == [.stored])
    }

    @Test("a confirm that never comes is an unknown outcome, and frees its place")
    func unconfirmed() throws {
        let broker = try EmbeddedBroker.opened(.init(channelMax: 16, frameMax: 4096, heartbeat: 0))
        let core = try broker.openChannel()
        let deadline = broker.channel.embeddedEventLoop.now + .seconds(5)
        let first = (0..<100).map { _ in broker.publish(core, Self.message(), deadline: deadline) }
        let held = broker.publish(core, Self.message("held"))
        #expect(try broker.writes().flatMap(\.self).count == 300)
        broker.channel.embeddedEventLoop.advanceTime(by: .seconds(6))
        #expect(first.allSatisfy { $0.values == [.failed(.expected(.outcomeUnknown))] })
        broker.publish(core, Self.message("next"))
        try broker.send(.basicAck(tag: 101, isMultiple: true), channel: core.number)
        #expect(held.values == [.stored])
    }

    @Test("bodies of 0, 1 and n × (frame_max − 8) bytes are exact on the wire", arguments: [0, 1, 4088, 8176])
    func bodies(size: Int) throws {
        let broker = try EmbeddedBroker.opened()
        let core = try broker.openChannel()
        let body = ByteBuffer(repeating: 7, count: size)
        broker.publish(core, AMQPMessage(exchange: "e", routingKey: "k", body: body))
        var expected = try Frames.bytes(.basicPublish(exchange: "e", routingKey: "k", isMandatory: true), channel: core.number)
        expected.writeImmutableBuffer(
            Frames.raw(type: 2, channel: core.number, payload: [0, 60, 0, 0, 0, 0, 0, 0, 0, 0, UInt8(size >> 8), UInt8(size & 255), 0, 0]))
        for _ in 0..<size / 4088 {
            expected.writeImmutableBuffer(Frames.raw(type: 3, channel: core.number, payload: Array(repeating: 7, count: 4088)))
        }
        if size % 4088 > 0 { expected.writeImmutableBuffer(Frames.raw(type: 3, channel: core.number, payload: [7])) }
        #expect(try broker.write() == expected)
    }

    @Test("a message that does not fit a frame fails alone")
    func refused() throws {
        let broker = try EmbeddedBroker.opened()
        let core = try broker.openChannel()
        let long = broker.publish(core, Self.message(to: String(repeating: "k", count: 256)))
        let good = broker.publish(core, Self.message())
        #expect(long.values == [.failed(.expected(.messageTooLarge))])
        try broker.send(.basicAck(tag: 1, isMultiple: false), channel: core.number)
        #expect(good.values == [.stored])
        #expect(try broker.writes().flatMap(\.self).count == 3)
    }

    @Test("an orderly close lets confirms come and sends nothing more")
    func closing() throws {
        let broker = try EmbeddedBroker.opened()
        let core = try broker.openChannel()
        let sent = broker.publish(core, Self.message())
        try broker.send(.connectionBlocked(reason: "low on disk"), channel: 0)
        let held = broker.publish(core, Self.message())
        broker.handler.close()
        #expect(held.values == [.notSent(.expected(.connectionClosed))])
        try broker.send(.basicAck(tag: 1, isMultiple: false), channel: core.number)
        #expect(sent.values == [.stored])
    }
}
