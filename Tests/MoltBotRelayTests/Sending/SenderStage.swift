import Logging
import MoltBotCore
import MoltBotRelay
import NIOCore
import TestSupport
import Testing

/// Runs the test with a sender that may send to this machine, and is shut down when it returns.
func withSender<Result>(
    allowing networks: [String] = ["127.0.0.1/32"], allowHTTP: Bool = true, caFile: String? = nil,
    _ test: (WebhookSender) async throws -> Result
) async throws -> Result {
    let configuration = WebhookSenderConfiguration(
        userAgent: "MoltBot/test", allowHTTP: allowHTTP, allowedNetworks: try networks.map { try #require(IPNetwork($0)) }, caFile: caFile)
    let sender = WebhookSender(configuration, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    do {
        let result = try await test(sender)
        await sender.shutdown()
        return result
    } catch {
        await sender.shutdown()
        throw error
    }
}

extension OutgoingWebhook {
    static let body = #"{"type":"task.completed","timestamp":"2026-12-01T00:00:00.250Z","data":{"task_id":"t-1","result":"Zürich ✓"}}"#

    static func example(id: String = "t-1-terminal", source: String = "/moltbot/default") -> OutgoingWebhook {
        OutgoingWebhook(
            id: id, type: "task.completed", source: source, time: Timestamp(millisecondsSinceEpoch: 1_796_083_200_250),
            body: ByteBuffer(string: body), traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
    }
}

extension SendOutcome {
    var response: (status: Int, retryAfter: Duration?, directive: DeliveryDirective?)? {
        if case .response(let status, let retryAfter, let directive) = answer { (status, retryAfter, directive) } else { nil }
    }
}
