import AMQP
import Foundation
import Hummingbird
import Logging
import MoltBotMessaging
import NIOCore

/// The floor under `POST /tasks`: a bare Hummingbird route that publishes what it gets where MoltBot publishes tasks, persistent, and
/// answers when the broker has confirmed it. No ledger, no checks, no access keys.
///
/// `MOLTBOT_BROKER_URL` names the broker. Prints `port N` when it listens on loopback; ends with SIGTERM.
@main struct RestBaseline {
    private static let longestBody = 1 << 20

    static func main() async throws {
        let logger = Logger(label: "benchmark") { _ in SwiftLogNoOpLogHandler() }
        let url = ProcessInfo.processInfo.environment["MOLTBOT_BROKER_URL"] ?? "amqp://guest:guest@127.0.0.1"
        let session = BrokerSession(configuration: try AMQPConfiguration(urls: url), role: "benchmark", logger: logger)
        let router = Router()
        router.post("/tasks") { request, _ in
            let body = try await request.body.collect(upTo: Self.longestBody)
            let id = UUID().uuidString
            try await session.publishing.publish(Self.task(id, body))
            return Response(
                status: .accepted, headers: [.contentType: "application/json"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: #"{"task_id":"\#(id)"}"#)))
        }
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in
                FileHandle.standardOutput.write(Data("port \(channel.localAddress?.port ?? 0)\n".utf8))
            }, logger: logger)
        try await session.withConnections { try await application.runService() }
    }

    private static func task(_ id: String, _ body: ByteBuffer) -> AMQPMessage {
        AMQPMessage(
            exchange: "moltbot.tasks", routingKey: "default.normal",
            properties: AMQPProperties(contentType: "application/json", deliveryMode: .persistent, priority: 5, messageID: id), body: body)
    }
}
