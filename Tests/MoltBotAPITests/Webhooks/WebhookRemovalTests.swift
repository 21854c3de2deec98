import AMQP
import HTTPTypes
import MoltBotCore
import MoltBotMessaging
import TestSupport
import Testing

@testable import MoltBotAPI

@Suite("The removal of a webhook", .timeLimit(.minutes(30)))
struct WebhookRemovalTests {
    private func exists(_ queue: String, _ host: Host) async throws -> Bool {
        do {
            _ = try await host.session.consuming.withChannel { try await $0.queueDeclare(AMQPQueue(name: queue), passive: true) }
            return true
        } catch let error as AMQPError where error.replyCode == 404 {
            return false
        }
    }

    @Test("that was cut short is done by the next one")
    func cutShort() async throws {
        try await withAPI { host in
            let made = try await host.http.send("POST", "/webhooks", json: #"{"url": "https://example.org/hook", "ordering": "fifo"}"#)
            let id = try #require(try made.json()["id"]?.stringValue)
            let queues = ["moltbot.deliveries.\(id)", "moltbot.deliveries.\(id)-order"]
            for queue in queues { #expect(try await exists(queue, host)) }
            try await RegistryWriter(host.session).append([
                RegistryRecord(kind: .webhookEndpoint, id: id, workspace: .default, value: nil)
            ])
            #expect(try await host.http.send("DELETE", "/webhooks/\(id)").status == 404)
            for queue in queues { #expect(try await !exists(queue, host)) }
        }
    }

    @Test("takes nothing from another workspace, and no queue that only looks like one of a webhook")
    func foreign() async throws {
        try await withAPI { host in
            let made = try await host.http.send("POST", "/webhooks", json: #"{"url": "https://example.org/hook", "ordering": "fifo"}"#)
            let id = try #require(try made.json()["id"]?.stringValue)
            for name in [id, id + "-order", "adhoc.0", "adhoc"] {
                #expect(try await host.http.send("DELETE", "/webhooks/\(name)?workspace=acme").status == 404)
            }
            for queue in [id, id + "-order", "adhoc.0"] { #expect(try await exists("moltbot.deliveries." + queue, host)) }
            #expect(try await host.http.send("GET", "/webhooks/\(id)").status == 200)
        }
    }

    @Test(
        "that the broker does not answer says what is known of it",
        arguments: [
            (AMQPError.Code.outcomeUnknown, "It is not known whether it was changed; look before you repeat it."),
            (AMQPError.Code.notConnected, "Nothing was changed."),
        ])
    func detail(code: AMQPError.Code, detail: String) async throws {
        let problem = await #expect(throws: Problem.self) { try await Problem.catching { throw AMQPError(code, "why") } }
        #expect(problem?.status == .serviceUnavailable)
        #expect(problem?.detail == detail)
    }
}
