import HTTPTypes
import Hummingbird
import Logging
import MoltBotCore
import NIOCore

/// The demo's webhook receiver: an HTTP server on this machine that verifies each request as a receiver of one's own would.
struct DemoReceiver: Sendable {
    static let path = "/hook"
    private static let longestBody = 1 << 20
    private static let hangTime = Duration.seconds(2)

    let secret: WebhookSecret
    let receipts: DemoReceipts
    let logger: Logger
    private let ports = AsyncStream.makeStream(of: Int.self, bufferingPolicy: .bufferingNewest(1))

    init(secret: WebhookSecret, receipts: DemoReceipts, logger: Logger) {
        self.secret = secret
        self.receipts = receipts
        self.logger = logger
    }

    /// Listens until cancelled.
    func run() async throws {
        defer { ports.continuation.finish() }
        let signer = try WebhookSigner([secret])
        let router = Router()
        router.post(RouterPath(Self.path)) { request, _ in
            let body = try await request.body.collect(upTo: Self.longestBody)
            let id = request.headers.value("webhook-id") ?? ""
            switch receipts.received(id, isSigned: Self.isSigned(request.headers, id, body, signer)) {
            case .accept: return HTTPResponse.Status.noContent
            case .fail: return .serviceUnavailable
            case .refuse: return .unauthorized
            case .hang:
                try await Task.sleep(for: Self.hangTime)
                return .gatewayTimeout
            }
        }
        let port = ports.continuation
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in
                if let number = channel.localAddress?.port { port.yield(number) }
            }, logger: logger)
        try await application.run()
    }

    /// Where it listens, once it does.
    func port() async throws -> Int {
        for await port in ports.stream { return port }
        try Task.checkCancellation()
        throw CommandFailure(.failed, "the demo's webhook receiver can't listen on 127.0.0.1")
    }

    private static func isSigned(_ headers: HTTPFields, _ id: String, _ body: ByteBuffer, _ signer: WebhookSigner) -> Bool {
        guard let seconds = headers.value("webhook-timestamp").flatMap({ Int64($0) }), let given = headers.value("webhook-signature") else {
            return false
        }
        let time = Timestamp(secondsSinceEpoch: seconds)
        return body.withUnsafeReadableBytes { signer.signature(id: id, time: time, body: $0) } == given
    }
}

extension HTTPFields {
    fileprivate func value(_ name: String) -> String? { HTTPField.Name(name).flatMap { self[$0] } }
}
