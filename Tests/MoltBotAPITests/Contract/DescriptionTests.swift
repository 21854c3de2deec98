import HTTPTypes
import Logging
import MoltBotCore
import MoltBotLedger
import MoltBotMessaging
import NIOHTTP1
import TestSupport
import Testing

@testable import MoltBotAPI

@Suite("The description of the API", .timeLimit(.minutes(30)))
struct DescriptionTests {
    @Test("has every operation that the server has, and no other")
    func operations() async throws {
        try await withAPI { host in
            let document = try await host.http.send("GET", "/openapi.json").json()
            #expect(document["openapi"] == "3.1.0")
            var described: Set<String> = []
            var names: [String] = []
            for (path, operations) in document["paths"]?.objectValue ?? [:] {
                for (method, operation) in operations.objectValue ?? [:] {
                    described.insert("\(method.uppercased()) \(path)")
                    names.append(operation["operationId"]?.stringValue ?? "")
                }
            }
            #expect(Set(names).count == names.count)
            #expect(described == Set(host.server.endpoints.map { "\($0.method.rawValue) \($0.path)" }))
        }
    }

    @Test("knows every provider of models")
    func providers() async throws {
        try await withAPI { host in
            let document = try await host.http.send("GET", "/openapi.json").json()
            let known = document["components"]?["schemas"]?["NewModel"]?["properties"]?["provider"]?["enum"]?.arrayValue ?? []
            #expect(known.compactMap(\.stringValue) == ProviderKind.all.map(\.name))
        }
    }

    @Test("and the dashboard are open to all; the dashboard's page uses nothing of others")
    func dashboard() async throws {
        try await withAPI { host in
            let page = try await host.http.send("GET", "/")
            #expect(page.status == 200)
            #expect(page.headers["content-security-policy"].first?.contains("default-src 'none'") == true)
            #expect(!page.text.contains("http"))
            for path in ["/dashboard.js", "/dashboard.css"] {
                #expect(page.text.contains("\"\(path.dropFirst())\""))
                #expect(try await host.http.send("GET", path).status == 200)
            }
        }
    }
}
