internal import NIOCore
internal import NIOHTTP1

/// Lets only those requests ask for an upgrade that get one; all others lose the header and are answered over HTTP.
///
/// NIO's upgrade handler of 2.101 loses a request whose upgrade it refuses, and its client waits in vain.
final class UpgradeFilter: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    private let path: String
    /// What follows the request for an upgrade may be no HTTP.
    private var isPassive = false

    init(path: String) {
        self.path = path
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isPassive, case .head(var head) = unwrapInboundIn(data), head.headers.contains(name: "upgrade") else {
            return context.fireChannelRead(data)
        }
        if isWebSocket(head) {
            isPassive = true
        } else {
            head.headers.remove(name: "upgrade")
        }
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }

    /// RFC 6455, 4.2.1.
    private func isWebSocket(_ head: HTTPRequestHead) -> Bool {
        func has(_ name: String, _ value: String) -> Bool {
            head.headers[canonicalForm: name].contains { $0.lowercased() == value }
        }
        return head.method == .GET && head.version == .http1_1 && head.uri.prefix { $0 != "?" } == path && has("upgrade", "websocket")
            && head.headers["upgrade"].count == 1 && has("connection", "upgrade") && has("sec-websocket-version", "13")
            && head.headers["sec-websocket-key"].count == 1
    }
}
