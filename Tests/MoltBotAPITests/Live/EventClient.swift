import NIOCore
import NIOHTTP1
import NIOPosix

/// Reads server-sent events as a browser would, one connection a call.
enum EventClient {
    struct Event: Sendable, Equatable {
        var id: String?
        var type = "message"
        var data = ""
    }

    /// Hands over each event until `read` returns false or the server ends the stream.
    /// - Parameter opened: runs when the server has sent its first bytes.
    static func read(
        port: Int, _ path: String, headers: HTTPHeaders = [:], opened: @Sendable () async throws -> Void = {},
        _ read: @Sendable (Event) async throws -> Bool
    ) async throws {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).connect(host: "127.0.0.1", port: port) {
            channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHTTPClientHandlers()
                return try NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>(wrappingChannelSynchronously: channel)
            }
        }
        try await channel.executeThenClose { inbound, outbound in
            var head = HTTPRequestHead(version: .http1_1, method: .GET, uri: path, headers: headers)
            head.headers.add(name: "host", value: "127.0.0.1")
            try await outbound.write(contentsOf: [.head(head), .end(nil)])
            var unread = ByteBuffer()
            var event = Event()
            var isOpen = false
            for try await part in inbound {
                switch part {
                case .head(let head):
                    guard head.status == .ok else { throw UnexpectedAnswer(description: "GET \(path): \(head.status)") }
                case .body(let buffer):
                    unread.writeImmutableBuffer(buffer)
                    if !isOpen {
                        isOpen = true
                        try await opened()
                    }
                    while let line = takeLine(&unread) {
                        guard line.isEmpty else {
                            add(line, to: &event)
                            continue
                        }
                        if !event.data.isEmpty, try await !read(event) { return }
                        event = Event()
                    }
                case .end: return
                }
            }
        }
    }

    private static func takeLine(_ unread: inout ByteBuffer) -> String? {
        guard let end = unread.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        let line = unread.readString(length: end - unread.readerIndex)
        unread.moveReaderIndex(forwardBy: 1)
        unread.discardReadBytes()
        return line
    }

    private static func add(_ line: String, to event: inout Event) {
        let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let value = parts.count > 1 ? String(parts[1].drop { $0 == " " }) : ""
        switch parts[0] {
        case "id": event.id = value
        case "event": event.type = value
        case "data": event.data += event.data.isEmpty ? value : "\n" + value
        default: break
        }
    }
}
