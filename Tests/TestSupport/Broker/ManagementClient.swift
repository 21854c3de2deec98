package import FoundationEssentials
import NIOCore
import NIOHTTP1
import NIOPosix
import PrivateBroker

/// The broker's management HTTP API: what tests set up and look at behind the product's back. One connection a call.
package struct ManagementClient: Sendable {
    package struct Response: Sendable {
        package let status: Int
        package let body: Data
    }

    private let port: Int
    private let authorization: String

    init(_ broker: RunningBroker) throws {
        guard let port = broker.managementPort else {
            throw TestSupportError(.setUpFailed, "\(broker) was started without the management API.")
        }
        self.port = port
        authorization = "Basic " + Data("\(broker.user):\(broker.password)".utf8).base64EncodedString()
    }

    /// Calls e.g. `GET /api/queues/%2F`; throws only when there is no answer.
    package func send(
        _ method: String, _ path: String, json: String? = nil, within duration: Duration = .seconds(30)
    ) async throws -> Response {
        try await withDeadline(duration, "\(method) \(path)") {
            try await exchange(method, path, json)
        }
    }

    /// Like ``send(_:_:json:within:)``, and fails unless the status is 2xx.
    @discardableResult
    package func expectSuccess(_ method: String, _ path: String, json: String? = nil) async throws -> Data {
        let response = try await send(method, path, json: json)
        guard 200..<300 ~= response.status else {
            throw TestSupportError(
                .setUpFailed, "\(method) \(path) answered \(response.status): \(String(decoding: response.body, as: UTF8.self))")
        }
        return response.body
    }

    private func exchange(_ method: String, _ path: String, _ json: String?) async throws -> Response {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).connect(host: "127.0.0.1", port: port) {
            channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHTTPClientHandlers()
                return try NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>(wrappingChannelSynchronously: channel)
            }
        }
        return try await channel.executeThenClose { inbound, outbound in
            var head = HTTPRequestHead(version: .http1_1, method: .init(rawValue: method), uri: path)
            head.headers = ["host": "127.0.0.1", "authorization": authorization, "connection": "close"]
            let body = ByteBuffer(string: json ?? "")
            head.headers.add(name: "content-length", value: String(body.readableBytes))
            head.headers.add(name: "content-type", value: "application/json")
            try await outbound.write(contentsOf: [.head(head), .body(.byteBuffer(body)), .end(nil)])
            var status = 0
            var received = Data()
            for try await part in inbound {
                switch part {
                case .head(let head): status = Int(head.status.code)
                case .body(let buffer): received.append(contentsOf: buffer.readableBytesView)
                case .end: return Response(status: status, body: received)
                }
            }
            throw TestSupportError(.ended, "\(method) \(path): the connection closed before the answer was complete.")
        }
    }
}
