import NIOCore
import NIOPosix
import Testing

@testable import AMQP

/// A publisher of property bytes that no encoder would write, on a connection of its own. It waits for the broker's confirms.
struct RawPublisher {
    let url: String

    /// - Parameter messages: the property bytes of each; the bodies are empty.
    func publish(_ messages: [[UInt8]], to queue: String) async throws {
        let endpoint = try AMQPEndpoint(url: url)
        let connection = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connect(host: endpoint.host, port: endpoint.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        try await connection.executeThenClose { inbound, outbound in
            var reader = Reader(inbound: inbound.makeAsyncIterator())
            func send(_ method: Method, channel: UInt16 = 0) async throws {
                try await outbound.write(Frames.bytes(method, channel: channel))
            }
            try await outbound.write(ByteBuffer(bytes: FrameEncoder.protocolHeader))
            _ = try await reader.next()
            let credentials = endpoint.credentials
            try await send(
                .connectionStartOk(.init(clientProperties: [:], mechanism: credentials.mechanism, response: credentials.response)))
            guard case .method(_, .connectionTune(let tuning)) = try await reader.next() else {
                throw AMQPError(.connectionRefused, "the broker refused the user")
            }
            try await send(.connectionTuneOk(tuning))
            try await send(.connectionOpen(virtualHost: endpoint.virtualHost))
            _ = try await reader.next()
            for method in [.channelOpen, .confirmSelect] as [Method] {
                try await send(method, channel: 1)
                _ = try await reader.next()
            }
            for (index, properties) in messages.enumerated() {
                try await send(.basicPublish(exchange: "", routingKey: queue, isMandatory: false), channel: 1)
                try await outbound.write(Frames.header(properties: properties))
                #expect(try await reader.next() == .method(channel: 1, .basicAck(tag: UInt64(index + 1), isMultiple: false)))
            }
            try await send(.connectionClose(.init(replyCode: 200, replyText: "goodbye")))
            _ = try await reader.next()
        }
    }

    /// What the broker answers, frame by frame.
    private struct Reader {
        var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
        let decoder = FrameDecoder()
        var frames: [Frame] = []

        mutating func next() async throws -> Frame {
            while frames.isEmpty {
                guard let bytes = try await inbound.next(isolation: #isolation) else {
                    throw AMQPError(.connectionLost, "the broker hung up")
                }
                frames = try Frames.decode(bytes, with: decoder).filter { $0 != .heartbeat }
            }
            return frames.removeFirst()
        }
    }
}
