import MoltBotAPI
import MoltBotCore
import NIOHTTP1
import TestSupport
import Testing

@Suite("Models over REST")
struct ModelTests {
    @Test("are registered, replaced, changed and removed, and show no secret")
    func life() async throws {
        try await withAPI { host in
            let json = #"{"name": "gpt-4", "provider": "openai", "api_key": "sk-hidden", "weight": 10}"#
            let made = try await host.http.send("POST", "/models", json: json)
            #expect(made.status == 201, "\(made.text)")
            #expect(made.headers["location"] == ["/models/gpt-4"])
            #expect(try await host.http.send("POST", "/models", json: json).status == 200)
            let changed = try await host.http.send("PATCH", "/models/gpt-4", json: #"{"enabled": false}"#)
            #expect(changed.status == 200, "\(changed.text)")
            let one = try await host.http.send("GET", "/models/gpt-4")
            #expect(try one.json()["available"] == false)
            #expect(try one.json()["weight"]?.doubleValue == 10)
            for answer in [made, changed, one] { #expect(!answer.text.contains("sk-hidden") && !answer.text.contains("sealed:")) }
            let wrong = try await host.http.send("POST", "/models", json: #"{"name": "x", "provider": "opnai"}"#)
            #expect(wrong.status == 400)
            #expect(try wrong.json()["errors"]?[0]?["field"] == "provider")
            #expect(try await host.http.send("DELETE", "/models/gpt-4").status == 204)
            #expect(try await host.http.send("GET", "/models/gpt-4").status == 404)
        }
    }

    @Test("and webhooks that one node has changed are seen on another right after it")
    func twoNodes() async throws {
        try await withAPI { first in
            try await withAPI(on: first.virtualHost) { second in
                for round in 1...5 {
                    let path = "/models/m\(round)"
                    let json = #"{"name": "m\#(round)", "provider": "echo", "weight": \#(round)}"#
                    #expect(try await first.http.send("POST", "/models", json: json).status == 201)
                    #expect(try await second.http.send("GET", path).json()["weight"]?.doubleValue == Double(round))
                    #expect(try await second.http.send("GET", "/models").json()["models"]?.arrayValue?.count == 1)
                    #expect(try await second.http.send("PATCH", path, json: #"{"weight": 50}"#).status == 200)
                    #expect(try await first.http.send("GET", path).json()["weight"]?.doubleValue == 50)
                    #expect(try await second.http.send("DELETE", path).status == 204)
                    #expect(try await first.http.send("GET", path).status == 404)

                    let made = try await first.http.send("POST", "/webhooks", json: #"{"url": "https://example.org/hook"}"#)
                    #expect(made.status == 201, "\(made.text)")
                    let id = try #require(try made.json()["id"]?.stringValue)
                    // Each node has a master key of its own here, so the other one knows the endpoint and can't read it.
                    #expect(try await second.http.send("GET", "/webhooks/\(id)").status == 503)
                    #expect(try await first.http.send("GET", "/webhooks/\(id)").status == 200)
                    #expect(try await second.http.send("DELETE", "/webhooks/\(id)").status == 204)
                    #expect(try await first.http.send("GET", "/webhooks/\(id)").status == 404)
                }
            }
        }
    }

    @Test("of another workspace do not exist")
    func workspaces() async throws {
        try await withAPI(workspaces: ["acme", "other"]) { host in
            func key(_ name: String) async throws -> HTTPHeaders {
                let workspace = try #require(Workspace(name))
                return [
                    "X-API-Key": try await AccessKeys(host.session).create(name: name, workspace: workspace, scopes: [.admin]).key.reveal()
                ]
            }
            let acme = try await key("acme")
            let other = try await key("other")
            try await eventually("keys count") { try await host.http.send("GET", "/models").status == 401 }
            try await eventually("the second one counts") { try await host.http.send("GET", "/models", headers: other).status == 200 }
            let json = #"{"name": "mine", "provider": "echo"}"#
            #expect(try await host.http.send("POST", "/models", headers: acme, json: json).status == 201)
            #expect(try await host.http.send("GET", "/models/mine", headers: other).status == 404)
            #expect(try await host.http.send("DELETE", "/models/mine", headers: other).status == 404)
            #expect(try await host.http.send("POST", "/models", headers: other, json: json).status == 409)
            #expect(try await host.http.send("GET", "/models", headers: other).json()["models"] == [])
        }
    }
}
