import HTTPTypes
import MoltBotCore
import NIOHTTP1
import TestSupport
import Testing

@testable import MoltBotAPI

@Suite("The scope of a key", .timeLimit(.minutes(30)))
struct ScopeTests {
    @Test("is asked for by every address, each its own")
    func everywhere() async throws {
        try await withAPI { host in
            var keys: [Scope: String] = [:]
            for scope in Scope.allCases {
                keys[scope] = try await AccessKeys(host.session).create(name: scope.rawValue, workspace: .default, scopes: [scope]).key
                    .reveal()
            }
            try await eventually("a key is needed") { try await host.http.send("GET", "/tasks").status == 401 }
            for key in keys.values {
                try await eventually("the key counts") {
                    try await host.http.send("GET", "/tasks", headers: ["X-API-Key": key]).status != 401
                }
            }
            for endpoint in host.server.endpoints {
                let method = endpoint.method.rawValue
                let path = endpoint.path.replacing("{id}", with: "nothing").replacing("{name}", with: "nothing")
                func status(_ key: String?) async throws -> Int {
                    try await host.http.send(method, path, headers: key.map { ["X-API-Key": $0] } ?? [:]).status
                }
                guard let scope = endpoint.scope else {
                    let open = try await status(nil)
                    #expect(open != 401 && open != 403, "\(method) \(path)")
                    continue
                }
                let without = try await status(nil)
                let wrong = try await status("mb_wrong")
                #expect([without, wrong] == [401, 401], "\(method) \(path)")
                for given in Scope.allCases {
                    let isEnough = given == scope || given == .admin
                    // Its answer has no end.
                    if isEnough, path == "/events" { continue }
                    let answer = try await status(keys[given])
                    #expect((answer == 403) == !isEnough && answer != 401, "\(method) \(path) with \(given): \(answer)")
                }
            }
        }
    }
}
