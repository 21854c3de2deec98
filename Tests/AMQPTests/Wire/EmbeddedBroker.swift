import Logging
import NIOCore
import NIOEmbedded

@testable import AMQP

/// Plays the broker for one handler, without sockets and with a clock that only the test moves. Each element of ``writes()`` is one
/// write to the socket.
final class EmbeddedBroker {
    static let tuning = Method.Tuning(channelMax: 16, frameMax: 4096, heartbeat: 10)

    let channel: EmbeddedChannel
    let handler: ConnectionHandler
    private let encoder = FrameEncoder()
    private(set) var blockedReasons: [String?] = []

    init() throws {
        var noteBlocked: (String?) -> Void = { _ in }
        channel = EmbeddedChannel()
        handler = ConnectionHandler(
            settings: .init(
                credentials: .plain(user: "u", password: "p"), virtualHost: "/", clientProperties: [:],
                tuning: .init(channelMax: 2047, frameMax: 131_072, heartbeat: 60)),
            maximumUnconfirmed: 100, loop: channel.embeddedEventLoop, logger: .silent, blockedChanged: { noteBlocked($0) })
        noteBlocked = { [unowned self] in blockedReasons.append($0) }
        try channel.pipeline.syncOperations.addHandler(handler)
    }

    /// To the open connection.
    static func opened(_ tuning: Method.Tuning = tuning) throws -> EmbeddedBroker {
        let broker = try EmbeddedBroker()
        try broker.channel.connect(to: .init(ipAddress: "127.0.0.1", port: 5672)).wait()
        try broker.send(.connectionStart(.init(mechanisms: "PLAIN")), channel: 0)
        try broker.send(.connectionTune(tuning), channel: 0)
        try broker.send(.connectionOpenOk, channel: 0)
        broker.encoder.frameMax = Int(tuning.frameMax)
        _ = try broker.writes()
        return broker
    }

    func openChannel() throws -> ChannelSession {
        let core = try handler.openChannel()
        var isOpen = false
        core.call(.channelOpen, deadline: .distantFuture) { if case .success = $0 { isOpen = true } }
        try send(.channelOpenOk, channel: core.number)
        guard isOpen else { throw AMQPError(.timeout, "the channel did not open") }
        _ = try writes()
        return core
    }

    func send(_ methods: Method..., channel number: UInt16) throws {
        var out = ByteBuffer()
        for method in methods { try encoder.write(method, channel: number, to: &out) }
        try send(out)
    }

    func send(_ bytes: ByteBuffer) throws {
        try channel.writeInbound(bytes)
        channel.embeddedEventLoop.run()
    }

    func deliver(_ tags: ClosedRange<UInt64>, consumer: String = "c", channel number: UInt16) throws {
        var out = ByteBuffer()
        for tag in tags {
            try encoder.write(
                .basicDeliver(.init(consumerTag: consumer, deliveryTag: tag, isRedelivered: false, exchange: "", routingKey: "q")),
                channel: number, to: &out)
            try encoder.writeContent(.init(), body: ByteBuffer(string: "\(tag)"), channel: number, to: &out)
        }
        try send(out)
    }

    /// The frames that left since the last call, by write.
    func writes() throws -> [[Frame]] {
        channel.embeddedEventLoop.run()
        var result: [[Frame]] = []
        while let bytes = try channel.readOutbound(as: ByteBuffer.self) {
            if bytes.readableBytesView.starts(with: Array("AMQP".utf8)) { continue }
            result.append(try Frames.decode(bytes))
        }
        return result
    }

    /// Raw bytes of the next write.
    func write() throws -> ByteBuffer? {
        channel.embeddedEventLoop.run()
        return try channel.readOutbound(as: ByteBuffer.self)
    }
}

/// What a publish or a call came to, for tests without concurrency.
final class Outcomes<Value> {
    private(set) var values: [Value] = []
    func append(_ value: Value) { values.append(value) }
}

extension EmbeddedBroker {
    @discardableResult
    func publish(_ core: ChannelSession, _ message: AMQPMessage, deadline: NIODeadline = .distantFuture) -> Outcomes<PublishOutcome> {
        let outcomes = Outcomes<PublishOutcome>()
        core.publish(PendingPublish(message: message, deadline: deadline) { outcomes.append($0) })
        return outcomes
    }
}

extension PublishOutcome: Equatable {
    static func == (a: PublishOutcome, b: PublishOutcome) -> Bool {
        switch (a, b) {
        case (.stored, .stored): true
        case (.failed(let a), .failed(let b)), (.notSent(let a), .notSent(let b)): a == b
        default: false
        }
    }
}
