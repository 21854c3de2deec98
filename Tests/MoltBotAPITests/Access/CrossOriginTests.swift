import MoltBotAPI
import MoltBotCore
import NIOHTTP1
import TestSupport
import Testing

@Suite("Web pages of other origins")
struct CrossOriginTests {
    private static let page = "https://app.example"
    private static let preflight: HTTPHeaders = ["origin": page, "access-control-request-method": "POST"]

    @Test("get nothing by default, with a key neither")
    func off() async throws {
        try await withAPI { host in
            let key = try await AccessKeys(host.session).create(name: "a", workspace: .default, scopes: [.admin]).key.reveal()
            try await eventually("the key counts") { try await host.http.send("GET", "/tasks").status == 401 }
            let asked = try await host.http.send("OPTIONS", "/tasks", headers: Self.preflight)
            #expect(asked.status == 405)
            let read = try await host.http.send("GET", "/tasks", headers: ["origin": Self.page, "x-api-key": key])
            // The browser keeps the answer from the page.
            #expect(read.status == 200)
            for answer in [asked, read] { #expect(!answer.headers.contains { $0.name.lowercased().hasPrefix("access-control") }) }
        }
    }

    @Test("may use the API where the settings name them, and no others may")
    func configured() async throws {
        var configuration = APIConfiguration()
        configuration.allowedOrigins = [Self.page]
        try await withAPI(configuration) { host in
            let asked = try await host.http.send("OPTIONS", "/tasks", headers: Self.preflight)
            #expect(asked.status == 204)
            #expect(asked.headers["access-control-allow-origin"] == [Self.page])
            #expect(asked.headers["access-control-allow-headers"].first?.contains("Idempotency-Key") == true)
            let sent = try await host.http.send("POST", "/tasks", headers: ["origin": Self.page], json: #"{"prompt": "x"}"#)
            #expect(sent.status == 202)
            #expect(sent.headers["access-control-allow-origin"] == [Self.page])
            #expect(sent.headers["vary"] == ["Origin"])
            // An error is an answer, too.
            let missing = try await host.http.send("GET", "/tasks/nothing", headers: ["origin": Self.page])
            #expect(missing.status == 404)
            #expect(missing.headers["access-control-allow-origin"] == [Self.page])
            let other = try await host.http.send("GET", "/tasks", headers: ["origin": "https://evil.example"])
            #expect(other.status == 403)
            #expect(other.headers["access-control-allow-origin"].isEmpty)
        }
    }
}
