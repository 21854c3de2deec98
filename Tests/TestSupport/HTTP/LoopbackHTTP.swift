package import FoundationEssentials
import NIOCore
package import NIOHTTP1
import NIOPosix

/// A plain HTTP client for servers on this machine, independent of the product's own. One connection a call.
package struct LoopbackHTTP: Sendable {
    package struct Response: Sendable {
        package let status: Int
        package let headers: HTTPHeaders
        package let body: Data

        package var text: String { String(decoding: body, as: UTF8.self) }
    }

    private let port: Int

    package init(port: Int) { self.port = port }

    /// Throws when there is no complete answer in time. Cancelling the task closes the connection.
    package func send(
        _ method: String, _ path: String, headers: HTTPHeaders = [:], json: String? = nil, within duration: Duration = .seconds(90)
    ) async throws -> Response {
        try await withDeadline(duration, "\(method) \(path)") {
            try await exchange(method, path, headers, json)
        }
    }

    private func exchange(_ method: String, _ path: String, _ headers: HTTPHeaders, _ json: String?) async throws -> Response {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).connect(host: "127.0.0.1", port: port) {
            channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHTTPClientHandlers()
                return try NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>(wrappingChannelSynchronously: channel)
            }
        }
        return try await channel.executeThenClose { inbound, outbound in
            let body = ByteBuffer(string: json ?? "")
            var head = HTTPRequestHead(version: .http1_1, method: .init(rawValue: method), uri: path, headers: headers)
            head.headers.add(contentsOf: [
                "host": "127.0.0.1", "connection": "close", "content-type": "application/json",
                "content-length": String(body.readableBytes),
            ])
            try await outbound.write(contentsOf: [.head(head), .body(.byteBuffer(body)), .end(nil)])
            var answer = HTTPResponseHead(version: .http1_1, status: .ok)
            var received = Data()
            for try await part in inbound {
                switch part {
                case .head(let head): answer = head
                case .body(let buffer): received.append(contentsOf: buffer.readableBytesView)
                case .end: return Response(status: Int(answer.status.code), headers: answer.headers, body: received)
                }
            }
            throw TestSupportError(.ended, "\(method) \(path): the connection closed before the answer was complete.")
        }
    }
}
