internal import Hummingbird
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import NIOHTTPTypes
internal import NIOHTTPTypesHTTP1
internal import NIOWebSocket

typealias WebSocketChannel = NIOAsyncChannel<WebSocketFrame, WebSocketFrame>

/// HTTP/1.1 connections of which some become WebSockets (RFC 6455). A connection can only do so with its first request.
struct UpgradableChannel: ServerChildChannel, HTTPChannelHandler {
    enum Outcome: Sendable {
        case http(NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>)
        case webSocket(WebSocketChannel, HTTPRequestHead)
    }

    struct Value: ServerChildChannelValue {
        let channel: any Channel
        let outcome: EventLoopFuture<Outcome>
    }

    let responder: HTTPChannelHandler.Responder
    let configuration: APIConfiguration
    let sockets: SocketGate

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        let upgrader = NIOTypedWebSocketServerUpgrader<Outcome>(
            maxFrameSize: configuration.maximumBodyBytes,
            // Whom the socket serves is settled on it: the filter below has seen to it that the request is a good one.
            shouldUpgrade: { channel, _ in channel.eventLoop.makeSucceededFuture(HTTPHeaders()) },
            upgradePipelineHandler: { channel, head in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        NIOWebSocketFrameAggregator(
                            minNonFinalFragmentSize: 0, maxAccumulatedFrameCount: 1024,
                            maxAccumulatedFrameSize: configuration.maximumBodyBytes))
                    return .webSocket(try NIOAsyncChannel(wrappingChannelSynchronously: channel), head)
                }
            })
        return channel.eventLoop.makeCompletedFuture {
            var setup = NIOUpgradableHTTPServerPipelineConfiguration(
                upgradeConfiguration: NIOTypedHTTPServerUpgradeConfiguration(
                    upgraders: [upgrader], notUpgradingCompletionHandler: { channel in setUpHTTP(channel, logger) }))
            setup.enablePipelining = false
            // Answers 400 to what is no HTTP, or has a head above the limits.
            setup.enableErrorHandling = true
            setup.enableResponseHeaderValidation = false
            setup.decoderConfiguration.maxHeaderListSize = configuration.maximumHeaderBytes
            setup.decoderConfiguration.maxHeaderFieldSize = configuration.maximumHeaderBytes
            setup.decoderConfiguration.maxHeaderFieldCount = configuration.maximumHeaderCount
            let pipeline = channel.pipeline.syncOperations
            let outcome = try pipeline.configureUpgradableHTTPServerPipeline(configuration: setup)
            let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
            try pipeline.addHandler(UpgradeFilter(path: SocketGate.path), position: .after(decoder))
            return Value(channel: channel, outcome: outcome)
        }
    }

    func handle(value: Value, logger: Logger) async {
        // A connection that sends nothing has no first request that its idle time could run from.
        let timeout = value.channel.eventLoop.scheduleTask(in: TimeAmount(configuration.idleTimeout)) { value.channel.close(promise: nil) }
        let outcome: Outcome
        do {
            outcome = try await value.outcome.get()
            timeout.cancel()
        } catch {
            timeout.cancel()
            return value.channel.close(promise: nil)
        }
        switch outcome {
        case .http(let channel): await handleHTTP(asyncChannel: channel, logger: logger)
        case .webSocket(let channel, let head): await sockets.serve(channel, head)
        }
    }

    private func setUpHTTP(_ channel: any Channel, _ logger: Logger) -> EventLoopFuture<Outcome> {
        channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(HTTP1ToHTTPServerCodec(secure: false))
            try channel.pipeline.syncOperations.addHandler(
                HTTPConnectionStateHandler(idleTimeout: configuration.idleTimeout, logger: logger))
            return .http(
                try NIOAsyncChannel(wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true)))
        }
    }
}
