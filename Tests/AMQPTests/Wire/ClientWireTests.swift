import Logging
import NIOCore
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing

@testable import AMQP

@Suite("Reconnecting client over a socket", .timeLimit(.minutes(30)))
struct ClientWireTests {
    private static func configuration(_ endpoint: AMQPEndpoint) throws -> AMQPConfiguration {
        try AMQPConfiguration(
            endpoints: [endpoint], publishTimeout: .seconds(10), callTimeout: .seconds(10),
            reconnect: .init(initial: .milliseconds(5), maximum: .milliseconds(20)))
    }

    private static let message = AMQPMessage(exchange: "", routingKey: "q", body: ByteBuffer(string: "x"))

    /// Runs the client while `body` does; stops it after.
    private static func running<Result: Sendable>(
        _ endpoint: AMQPEndpoint, _ body: (AMQPClient) async throws -> Result
    ) async throws -> Result {
        let client = AMQPClient(configuration: try configuration(endpoint), logger: .silent)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await client.run() }
            let result = try await body(client)
            group.cancelAll()
            return result
        }
    }

    @Test("a publish that never left goes out on the next connection")
    func publishesAcrossConnections() async throws {
        let connections = Mutex(0)
        try await withScriptedBroker { peer in
            let isFirst = connections.withLock { count in
                count += 1
                return count == 1
            }
            try await peer.handshake()
            let channel = try await peer.acceptChannel()
            if isFirst { return }
            while try await peer.first(where: { if case .basicPublish = $0 { true } else { false } }) != nil {
                try await peer.send(.basicAck(tag: 1, isMultiple: false), channel: channel)
            }
        } client: { endpoint in
            try await Self.running(endpoint) { client in
                // Whatever the first connection did to it, an unknown outcome is the only other honest answer.
                do {
                    try await client.publish(Self.message)
                } catch let error as AMQPError where error.code == .outcomeUnknown {
                    try await client.publish(Self.message)
                }
                #expect(client.status.connectionCount == 2)
            }
        }
    }

    @Test("after a channel error all publishers share one new channel")
    func oneNewChannel() async throws {
        let opened = Mutex(0)
        try await withScriptedBroker { peer in
            try await peer.handshake()
            let first = try await peer.acceptChannel()
            try await peer.first { if case .basicPublish = $0 { true } else { false } }
            try await peer.send(
                .channelClose(.init(replyCode: 404, replyText: "NOT_FOUND - no exchange 'missing' in vhost '/'")), channel: first)
            var tag: UInt64 = 0
            while case .method(let channel, let method)? = try await peer.nextMethod() {
                switch method {
                case .channelOpen:
                    opened.withLock { $0 += 1 }
                    try await peer.send(.channelOpenOk, channel: channel)
                case .confirmSelect: try await peer.send(.confirmSelectOk, channel: channel)
                case .basicPublish:
                    guard channel != first || opened.withLock({ $0 }) > 0 else { continue }
                    tag += 1
                    try await peer.send(.basicAck(tag: tag, isMultiple: false), channel: channel)
                default: break
                }
            }
        } client: { endpoint in
            try await Self.running(endpoint) { client in
                let culprit = AMQPMessage(exchange: "missing", routingKey: "", body: ByteBuffer())
                await #expect(throws: AMQPError.expected(.channelClosed, 404)) { try await client.publish(culprit) }
                await withTaskGroup(of: Void.self) { group in
                    for _ in 0..<100 { group.addTask { await #expect(throws: Never.self) { try await client.publish(Self.message) } } }
                }
            }
        }
        #expect(opened.withLock { $0 } == 1)
    }

    @Test("a consumer stops gracefully while there is no connection")
    func stopsWhileDisconnected() async throws {
        let client = AMQPClient(configuration: try Self.configuration(AMQPEndpoint(host: "127.0.0.1", port: 1)), logger: .silent)
        try await withDeadline(.seconds(10), "the consumer to stop") {
            let trigger = GracefulShutdownTrigger()
            try await trigger.run {
                try await client.consume(AMQPSubscription(queue: "q", prefetch: 1)) { _ in .ack }
            }
        }
    }

    @Test("without a connection a publish and a channel fail within their time")
    func notConnected() async throws {
        var configuration = try Self.configuration(AMQPEndpoint(host: "127.0.0.1", port: 1))
        configuration.publishTimeout = .milliseconds(50)
        let client = AMQPClient(configuration: configuration, logger: .silent)
        await #expect(throws: AMQPError.expected(.notConnected)) { try await client.publish(Self.message) }
        await #expect(throws: AMQPError.expected(.notConnected)) { try await client.withChannel(timeout: .zero) { _ in } }
    }

    @Test("hundreds of large publishes at once neither gather in memory nor fail")
    func largeBurst() async throws {
        try await withScriptedBroker { peer in
            try await peer.handshake()
            let channel = try await peer.acceptChannel()
            var tag: UInt64 = 0
            while case .method(_, let method)? = try await peer.nextMethod() {
                guard case .basicPublish = method else { continue }
                tag += 1
                try await peer.send(.basicAck(tag: tag, isMultiple: false), channel: channel)
            }
        } client: { endpoint in
            try await Self.running(endpoint) { client in
                let message = AMQPMessage(exchange: "", routingKey: "q", body: ByteBuffer(repeating: 1, count: 100_000))
                await withTaskGroup(of: Void.self) { group in
                    for _ in 0..<300 { group.addTask { await #expect(throws: Never.self) { try await client.publish(message) } } }
                }
            }
        }
    }

    @Test("what has not begun when a consumer stops goes back at once, while its handlers run on; a stream's message stays")
    func stop() async throws {
        let started = Gate()
        let returned = Gate()
        let methods = Recorder<Method>()
        try await withScriptedBroker { peer in
            try await peer.handshake()
            try await peer.acceptChannel()
            let channel = try await peer.acceptChannel()
            func deliver(_ tag: UInt64, _ headers: AMQPTable? = nil) async throws {
                let deliver = Method.Deliver(consumerTag: "c", deliveryTag: tag, isRedelivered: false, exchange: "", routingKey: "q")
                try await peer.send(.basicDeliver(deliver), channel: channel)
                try await peer.send(Frames.content(.init(headers: headers), ByteBuffer(), channel: channel))
            }
            while case .method(_, let method)? = try await peer.nextMethod() {
                methods.record(method)
                switch method {
                case .basicQos: try await peer.send(.basicQosOk, channel: channel)
                case .basicConsume:
                    try await peer.send(.basicConsumeOk(consumerTag: "c"), channel: channel)
                    try await deliver(1)
                case .basicCancel:
                    for tag in 2...3 as ClosedRange<UInt64> { try await deliver(tag) }
                    try await deliver(4, ["x-stream-offset": 7])
                    try await peer.send(.basicCancelOk(consumerTag: "c"), channel: channel)
                case .basicReject(3, true): returned.open()
                case .channelClose: try await peer.send(.channelCloseOk, channel: channel)
                default: break
                }
            }
            methods.finish()
        } client: { endpoint in
            try await Self.running(endpoint) { client in
                try await GracefulShutdownTrigger().run(after: { try await started.wait() }) {
                    try await client.consume(AMQPSubscription(queue: "q", prefetch: 4)) { _ in
                        started.open()
                        // Only what the stop gives back ends the call.
                        _ = try? await returned.wait()
                        return .ack
                    }
                }
                _ = try await methods.first("the channel's close") { if case .channelClose = $0 { true } else { false } }
            }
        }
        let settled = methods.elements.filter {
            switch $0 {
            case .basicReject, .basicAck: true
            default: false
            }
        }
        #expect(
            settled == [
                .basicReject(tag: 2, requeue: true), .basicReject(tag: 3, requeue: true), .basicAck(tag: 1, isMultiple: false),
            ])
    }
}
