import AMQP
import MoltBotAPI
import MoltBotCore
import MoltBotMessaging
import NIOHTTP1
import TestSupport
import Testing

@Suite("Webhooks over REST")
struct WebhookTests {
    @Test("are registered, changed and removed, and show a secret once")
    func life() async throws {
        try await withAPI { host in
            let made = try await host.http.send(
                "POST", "/webhooks",
                json: #"{"url": "https://example.org/hook", "events": ["task.*"], "headers": {"X-Token": "hidden"}, "timeout": 5}"#)
            #expect(made.status == 201, "\(made.text)")
            let body = try made.json()
            let id = try #require(body["id"]?.stringValue)
            #expect(made.headers["location"] == ["/webhooks/\(id)"])
            #expect(body["secret"]?.stringValue?.hasPrefix("whsec_") == true)
            #expect(body["timeout"] == 5)
            #expect(!made.text.contains("hidden"))

            let list = try await host.http.send("GET", "/webhooks").json()
            #expect(list["webhooks"]?.arrayValue?.compactMap { $0["id"]?.stringValue } == [id])
            let changed = try await host.http.send(
                "PATCH", "/webhooks/\(id)", json: #"{"enabled": false, "rate_limit": {"requests": 10, "period": 1}}"#)
            #expect(changed.status == 200, "\(changed.text)")
            let one = try await host.http.send("GET", "/webhooks/\(id)").json()
            #expect(one["enabled"] == false)
            #expect(one["rate_limit"]?["requests"] == 10)
            #expect(one["waiting"] == 0)
            #expect(one["secret"] == nil)

            #expect(try await host.http.send("DELETE", "/webhooks/\(id)").status == 204)
            for method in ["GET", "PATCH", "DELETE"] {
                let gone = try await host.http.send(method, "/webhooks/\(id)", json: method == "PATCH" ? "{}" : nil)
                #expect(gone.status == 404, "\(method): \(gone.text)")
            }
        }
    }

    @Test("keep the ordering that their queue was declared for")
    func ordering() async throws {
        try await withAPI { host in
            let made = try await host.http.send("POST", "/webhooks", json: #"{"url": "https://example.org/hook", "ordering": "fifo"}"#)
            let id = try #require(try made.json()["id"]?.stringValue)
            // A queue without this argument would be refused.
            try await host.session.consuming.withChannel { channel in
                let queue = AMQPQueue(
                    name: "moltbot.deliveries.\(id)",
                    arguments: ["x-queue-type": "quorum", "x-dead-letter-exchange": "moltbot.dead", "x-single-active-consumer": true])
                try await channel.queueDeclare(queue)
            }
            let changed = try await host.http.send("PATCH", "/webhooks/\(id)", json: #"{"ordering": "none"}"#)
            #expect(changed.status == 400)
            #expect(try changed.json()["errors"]?[0]?["field"] == "ordering")
        }
    }

    @Test("are registered once, however often the request comes with its Idempotency-Key")
    func repeated() async throws {
        try await withAPI { host in
            let key: HTTPHeaders = ["Idempotency-Key": "hook-1"]
            func send(_ headers: HTTPHeaders, _ json: String) async throws -> LoopbackHTTP.Response {
                try await host.http.send("POST", "/webhooks", headers: headers, json: json)
            }
            let first = try await send(key, #"{"url": "https://example.org/hook", "events": ["task.*"]}"#)
            #expect(first.status == 201)
            #expect(first.headers["idempotent-replayed"].isEmpty)
            let again = try await send(key, #"{"events": ["task.*"], "url": "https://example.org/hook"}"#)
            #expect(again.status == 201)
            #expect(again.headers["idempotent-replayed"] == ["true"])
            let (one, two) = (try first.json(), try again.json())
            #expect(one == two)
            let id = try #require(one["id"]?.stringValue)
            // A secret that was changed since is not told.
            let secret = "whsec_" + String(repeating: "A", count: 32)
            #expect(try await host.http.send("PATCH", "/webhooks/\(id)", json: #"{"secret": "\#(secret)"}"#).status == 200)
            let late = try await send(key, #"{"url": "https://example.org/hook", "events": ["task.*"]}"#)
            #expect(try late.json()["id"] == .string(id))
            #expect(try late.json()["secret"] == nil)
            #expect(try await send([:], #"{"url": "https://example.org/hook", "events": ["task.*"]}"#).json()["id"] != .string(id))
            #expect(try await send(["Idempotency-Key": ""], #"{"url": "https://example.org/hook"}"#).status == 400)
        }
    }

    @Test("forget how long they have failed when they are enabled, and only then")
    func enabled() async throws {
        try await withAPI { host in
            let made = try await host.http.send("POST", "/webhooks", json: #"{"url": "https://example.org/hook"}"#)
            let id = try #require(try made.json()["id"]?.stringValue)
            // As a relay does that sees it fail.
            try await RegistryWriter(host.session).append([
                RegistryRecord(
                    kind: .webhookHealth, id: id, workspace: .default, value: ["failing_since": "2026-01-01T00:00:00.000Z"])
            ])
            func patch(_ json: String) async throws -> JSONValue? {
                let changed = try await host.http.send("PATCH", "/webhooks/\(id)", json: json)
                #expect(changed.status == 200, "\(changed.text)")
                return try await Registry(host.session).snapshot(of: [.webhookHealth]).record(.webhookHealth, id)?.value
            }
            #expect(try await patch(#"{"enabled": true, "description": "enabled all the time"}"#) != nil)
            #expect(try await patch(#"{"enabled": false}"#) != nil)
            #expect(try await patch(#"{"description": "still disabled"}"#) != nil)
            #expect(try await patch(#"{"enabled": true}"#) == nil)
        }
    }

    @Test("take what the original MoltBot's clients send")
    func original() async throws {
        try await withAPI { host in
            let made = try await host.http.send(
                "POST", "/webhooks", json: #"{"event": "on_complete", "url": "https://example.org/hook", "headers": {}}"#)
            #expect(made.status == 201)
            #expect(try made.json()["events"] == ["task.completed"])
        }
    }

    @Test(
        "are refused with the field that is wrong",
        arguments: [
            (#"{}"#, "url"), (#"{"url": "ftp://example.org"}"#, "url"), (#"{"url": "https://10.0.0.1/"}"#, "url"),
            (#"{"url": "https://example.org", "events": ["task.done"]}"#, "events"),
            (#"{"url": "https://example.org", "timeout": 900}"#, "timeout"), (#"{"url": "https://example.org", "urll": 1}"#, "urll"),
        ])
    func invalid(body: String, field: String) async throws {
        try await withAPI { host in
            let answer = try await host.http.send("POST", "/webhooks", json: body)
            #expect(answer.status == 400, "\(answer.text)")
            #expect(try answer.json()["errors"]?[0]?["field"] == .string(field))
        }
    }
}
