import AMQP
import MoltBotAPI
import MoltBotCore
import MoltBotMessaging
import NIOHTTP1
import TestSupport
import Testing

@Suite("Access to the API")
struct AccessTests {
    @Test("needs a key from the first key on, and ends with its revocation")
    func keys() async throws {
        try await withAPI { host in
            @Sendable func submit(_ headers: HTTPHeaders = [:]) async throws -> LoopbackHTTP.Response {
                try await host.http.send("POST", "/tasks", headers: headers, json: #"{"prompt": "x"}"#)
            }
            #expect(try await submit().status == 202)
            let keys = AccessKeys(host.session)
            let (stored, key) = try await keys.create(name: "ci", workspace: .default, scopes: [.submit])
            try await eventually("the key counts") { try await submit().status == 401 }

            let refused = try await submit()
            #expect(refused.headers["www-authenticate"] == ["Bearer realm=\"moltbot\""])
            #expect(try refused.json()["code"] == "unauthorized")
            #expect(try await submit(["Authorization": "Bearer \(key.reveal())"]).status == 202)
            #expect(try await submit(["X-API-Key": key.reveal()]).status == 202)
            let other = AccessKey.make(name: "other", workspace: .default, scopes: [.admin]).key
            #expect(try await submit(["X-API-Key": other.reveal()]).status == 401)
            #expect(try await host.http.send("GET", "/health").status == 200)

            #expect(try await keys.revoke(["mb_00000000", "mb_", ""]).isEmpty)
            // As somebody does who found it where it should not be.
            #expect(try await keys.revoke([key.reveal()]).map(\.id) == [stored.id])
            try await eventually("the revocation counts") { try await submit(["X-API-Key": key.reveal()]).status == 401 }
        }
    }

    @Test("ends what a key has open with the key, and what was open without one with the first key")
    func openStreams() async throws {
        try await withAPI { host in
            let keys = AccessKeys(host.session)
            try await Self.withOpenStream(host) { stream in
                let (stored, key) = try await keys.create(name: "ci", workspace: .default, scopes: [.read])
                _ = try await stream.first("the end") { $0.type == "end" && $0.data.contains("access-ended") }
                try await Self.withOpenStream(host, ["X-API-Key": key.reveal()]) { stream in
                    _ = try await keys.create(name: "other", workspace: .default, scopes: [.read])
                    #expect(try await keys.revoke([stored.id]).count == 1)
                    _ = try await stream.first("the end") { $0.type == "end" && $0.data.contains("access-ended") }
                }
            }
        }
    }

    /// Runs `body` with the events of a stream that is open, and then waits for the server to close it.
    private static func withOpenStream(
        _ host: Host, _ headers: HTTPHeaders = [:], _ body: (Recorder<EventClient.Event>) async throws -> Void
    ) async throws {
        let opened = Gate()
        let events = Recorder<EventClient.Event>()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await EventClient.read(port: host.port, "/events", headers: headers, opened: { opened.open() }) { event in
                    events.record(event)
                    return true
                }
            }
            try await opened.wait("the stream to open")
            try await body(events)
            try await group.waitForAll()
        }
    }

    @Test("puts tasks into the key's workspace, and refuses what the key is not for")
    func workspaces() async throws {
        try await withAPI(workspaces: ["acme"]) { host in
            let acme = try #require(Workspace("acme"))
            let (_, submit) = try await AccessKeys(host.session).create(name: "a", workspace: acme, scopes: [.submit])
            let (_, read) = try await AccessKeys(host.session).create(name: "b", workspace: acme, scopes: [.read])
            try await eventually("the keys count") {
                try await host.http.send("POST", "/tasks", headers: ["X-API-Key": read.reveal()], json: #"{"prompt": "x"}"#).status == 403
            }
            let taken = try await host.http.send("POST", "/tasks", headers: ["X-API-Key": submit.reveal()], json: #"{"prompt": "x"}"#)
            #expect(taken.status == 202)
            #expect(try await host.take("moltbot.tasks.acme")?.routingKey == "acme.normal")
        }
    }

    @Test("listens to others once there is a key")
    func otherAddress() async throws {
        try await TestBroker.withVirtualHost { virtualHost in
            try await withAPI(on: virtualHost) { host in
                _ = try await AccessKeys(host.session).create(name: "ci", workspace: .default, scopes: [.admin])
            }
            var configuration = APIConfiguration()
            configuration.host = "0.0.0.0"
            try await withAPI(on: virtualHost, configuration) { host in
                let answer = try await host.http.send("POST", "/tasks", json: #"{"prompt": "x"}"#)
                #expect(answer.status == 401)
            }
        }
    }
}
