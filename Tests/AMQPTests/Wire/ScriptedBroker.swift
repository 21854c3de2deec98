import Logging
import NIOCore
import NIOPosix
import Testing

@testable import AMQP

/// The broker's end of one real connection on loopback, played by a script.
final class ScriptedPeer {
    static let tuning = Method.Tuning(channelMax: 16, frameMax: 4096, heartbeat: 0)

    private var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private let encoder = FrameEncoder()
    private let decoder = FrameDecoder(accepts: { _ in true })
    private var frames: [Frame] = []
    private var header = ByteBuffer()

    init(inbound: NIOAsyncChannelInboundStream<ByteBuffer>, outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>) {
        self.inbound = inbound.makeAsyncIterator()
        self.outbound = outbound
    }

    /// The next frame; nil when the client has hung up. Answers the close of the connection by itself.
    func next() async throws -> Frame? {
        while frames.isEmpty {
            guard var bytes = try await inbound.next(isolation: #isolation) else { return nil }
            let missing = FrameEncoder.protocolHeader.count - header.readableBytes
            if missing > 0, var part = bytes.readSlice(length: min(missing, bytes.readableBytes)) { header.writeBuffer(&part) }
            try decoder.decode(&bytes) { frames.append($0) }
        }
        let frame = frames.removeFirst()
        if case .method(0, .connectionClose) = frame { try await send(.connectionCloseOk) }
        return frame
    }

    /// The next frame that is a method; nil when the client has hung up.
    func nextMethod() async throws -> Frame? {
        while let frame = try await next() {
            if case .method = frame { return frame }
        }
        return nil
    }

    /// Reads on to the first method that matches; nil when the client has hung up before.
    @discardableResult
    func first(where matches: (Method) -> Bool) async throws -> (channel: UInt16, method: Method)? {
        while let frame = try await next() {
            if case .method(let channel, let method) = frame, matches(method) { return (channel, method) }
        }
        return nil
    }

    func send(_ methods: Method..., channel: UInt16 = 0) async throws {
        var out = ByteBuffer()
        for method in methods { try encoder.write(method, channel: channel, to: &out) }
        try await outbound.write(out)
    }

    func send(_ bytes: ByteBuffer) async throws { try await outbound.write(bytes) }

    func handshake(_ tuning: Method.Tuning = tuning) async throws {
        try await send(.connectionStart(.init(mechanisms: "PLAIN")))
        _ = try await next()
        #expect(header == ByteBuffer(bytes: FrameEncoder.protocolHeader))
        try await send(.connectionTune(tuning))
        _ = try await next()
        _ = try await next()
        try await send(.connectionOpenOk)
    }

    /// Answers `channel.open` and `confirm.select`, and gives the channel's number.
    @discardableResult
    func acceptChannel() async throws -> UInt16 {
        guard let (channel, _) = try await first(where: { $0 == .channelOpen }) else { throw AMQPError(.connectionLost, "no channel.open") }
        try await send(.channelOpenOk, channel: channel)
        _ = try await next()
        try await send(.confirmSelectOk, channel: channel)
        return channel
    }

    func acceptClose() async throws {
        try await first {
            if case .connectionClose = $0 { true } else { false }
        }
    }
}

/// Listens on loopback while `client` runs; each connection is served by one run of `script`, one after the other, and hung up after.
func withScriptedBroker<Result: Sendable>(
    _ script: @escaping @Sendable (ScriptedPeer) async throws -> Void, client: (AMQPEndpoint) async throws -> Result
) async throws -> Result {
    let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
        .bind(host: "127.0.0.1", port: 0) { channel in
            channel.eventLoop.makeCompletedFuture { try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel) }
        }
    let port = try #require(server.channel.localAddress?.port)
    return try await server.executeThenClose { connections in
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for try await connection in connections {
                    try await connection.executeThenClose { inbound, outbound in
                        try await script(ScriptedPeer(inbound: inbound, outbound: outbound))
                    }
                }
            }
            let result = try await client(AMQPEndpoint(host: "127.0.0.1", port: port, connectionTimeout: .seconds(5)))
            group.cancelAll()
            // The script may be cut off wherever it was; what the client saw is what counts.
            while let finished = await group.nextResult() { _ = finished }
            return result
        }
    }
}

/// The code of the error with which a connection to the endpoint fails.
func connectError(_ endpoint: AMQPEndpoint) async throws -> AMQPError {
    let configuration = try AMQPConfiguration(endpoints: [endpoint])
    do {
        try await AMQPConnection.withConnection(configuration: configuration, logger: .silent) { _ in }
    } catch let error as AMQPError {
        return error
    }
    throw AMQPError(.invalidConfiguration, "it connected")
}
