import MoltBotAPI
import MoltBotCore
import NIOHTTP1
import TestSupport
import Testing

@Suite("The server", .timeLimit(.minutes(30)))
struct ServerTests {
    @Test("tells that it lives, and that it is ready")
    func health() async throws {
        try await withAPI { host in
            let live = try await host.http.send("GET", "/health")
            #expect(live.status == 200)
            #expect(try live.json() == ["status": "ok"])
            let ready = try await host.http.send("GET", "/health/ready")
            #expect(ready.status == 200)
            #expect(try ready.json()["status"] == "ready")
        }
    }

    @Test("answers errors as problem details")
    func problems() async throws {
        try await withAPI { host in
            let missing = try await host.http.send("GET", "/nowhere", headers: ["X-Request-Id": "my-own-7"])
            #expect(missing.status == 404)
            #expect(missing.headers["content-type"] == ["application/problem+json"])
            #expect(missing.headers["x-request-id"] == ["my-own-7"])
            let problem = try missing.json()
            #expect(problem["type"] == "urn:moltbot:problem:not-found")
            #expect(problem["status"] == 404)
            #expect(problem["instance"] == "/nowhere")
            #expect(problem["request_id"] == "my-own-7")

            let wrong = try await host.http.send("PUT", "/health")
            #expect(wrong.status == 405)
            #expect(wrong.headers["allow"] == ["GET, HEAD"])
            let tooLong = try await host.http.send("GET", "/health", headers: ["X-Long": String(repeating: "x", count: 64 << 10)])
            #expect(tooLong.status == 400)
            #expect(try await host.http.send("HEAD", "/health").body.isEmpty)
        }
    }

    @Test("refuses a body over its limit, and a content type that a form could send")
    func bodyLimits() async throws {
        var configuration = APIConfiguration()
        configuration.maximumBodyBytes = 1000
        try await withAPI(configuration) { host in
            let big = try await host.http.send("POST", "/tasks", json: #"{"prompt": "\#(String(repeating: "x", count: 1000))"}"#)
            #expect(big.status == 413)
            let form = try await host.http.send("POST", "/tasks", headers: ["content-type": "text/plain"], json: #"{"prompt": "x"}"#)
            #expect(form.status == 415)
        }
    }

    @Test("does not listen to others without access keys")
    func loopbackOnly() async throws {
        var configuration = APIConfiguration()
        configuration.host = "0.0.0.0"
        await #expect {
            try await withAPI(configuration) { _ in }
        } throws: { error in
            "\(error)".contains("moltbot keys create")
        }
    }

    @Test("is closed to web pages, also to those that point their own name here")
    func foreignPages() async throws {
        try await withAPI { host in
            let page = try await host.http.send("GET", "/health", headers: ["origin": "https://evil.example"])
            #expect(page.status == 403)
            #expect(page.headers["access-control-allow-origin"].isEmpty)
        }
    }
}
