import AMQP
import MoltBotAPI
import MoltBotCore
import MoltBotMessaging
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

/// What no test of a single address shows: nothing of one workspace gets to the key of another.
@Suite("A key", .timeLimit(.minutes(30)))
struct IsolationTests {
    @Test("sees events, batches and webhooks of its own workspace only")
    func everything() async throws {
        try await withAPI(workspaces: ["acme", "other"]) { host in
            func key(_ name: String) async throws -> HTTPHeaders {
                let workspace = try #require(Workspace(name))
                return [
                    "X-API-Key": try await AccessKeys(host.session).create(name: name, workspace: workspace, scopes: [.admin]).key.reveal()
                ]
            }
            let (acme, other) = (try await key("acme"), try await key("other"))
            try await eventually("keys count") { try await host.http.send("GET", "/tasks").status == 401 }
            try await eventually("the second one counts") { try await host.http.send("GET", "/tasks", headers: other).status == 200 }
            func send(_ headers: HTTPHeaders, _ path: String, _ json: String) async throws -> JSONValue {
                try await host.http.send("POST", path, headers: headers, json: json).json()
            }
            let hook = try await send(acme, "/webhooks", #"{"url": "https://example.org/acme"}"#)["id"]?.stringValue ?? ""
            let batch = try await send(acme, "/tasks/batch", #"[{"prompt": "x"}]"#)["batch_id"]?.stringValue ?? ""
            #expect(try await host.http.send("GET", "/webhooks/\(hook)", headers: acme).status == 200)
            #expect(try await host.http.send("GET", "/batches/\(batch)", headers: acme).status == 200)
            for (method, path) in [
                ("GET", "/webhooks/\(hook)"), ("PATCH", "/webhooks/\(hook)"), ("DELETE", "/webhooks/\(hook)"), ("GET", "/batches/\(batch)"),
            ] {
                let answer = try await host.http.send(method, path, headers: other, json: method == "PATCH" ? "{}" : nil)
                #expect(answer.status == 404, "\(method) \(path)")
            }
            #expect(try await host.http.send("GET", "/webhooks", headers: other).json()["webhooks"] == [])

            // The events are in the stream in this order, and the first that is heard is one's own.
            let heard = Recorder<String>()
            let opened = Gate()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await EventClient.read(port: host.port, "/events", headers: other, opened: { opened.open() }) { event in
                        heard.record(event.data)
                        return false
                    }
                }
                try await opened.wait()
                for (workspace, id) in [("acme", "theirs"), ("other", "mine")] { try await host.tellOfStart(id, in: workspace) }
                try await group.waitForAll()
            }
            #expect(try JSONValue.parse(heard.elements[0])["data"]?["task_id"] == "mine")
        }
    }
}

extension Host {
    /// As a worker would.
    fileprivate func tellOfStart(_ task: String, in workspace: String) async throws {
        let outcome = TaskOutcome(
            taskID: try #require(TaskID(task)), workspace: try #require(Workspace(workspace)), status: .running)
        let event = TaskEvent(outcome, redrives: 0, at: .now())
        try await session.publishing.publish(
            AMQPMessage(
                exchange: "moltbot.events", routingKey: workspace + ".task.started",
                properties: AMQPProperties(
                    contentType: "application/cloudevents+json", deliveryMode: .persistent, messageID: event.id,
                    type: event.type.rawValue), body: ByteBuffer(bytes: event.encode())))
    }
}
