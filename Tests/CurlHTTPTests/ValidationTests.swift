import CurlHTTP
import Testing

@Suite("What is refused before it is sent", .timeLimit(.minutes(30)))
struct ValidationTests {
    @Test(
        "Malformed URLs",
        arguments: [
            "", "nonsense", "127.0.0.1:80/", "ftp://127.0.0.1/", "file:///etc/passwd", "http://", "http://:80/", "http://127.0.0.1:99999/",
            "http://127.0.0.1/a b", "http://127.0.0.1/\r\nX: y", "http://127.0.0.1/\0",
        ])
    func url(_ url: String) async throws {
        try await withClient { client in
            let error = await failure(of: HTTPRequest(url: url), client)
            #expect(error?.code == .invalidURL)
            #expect(error?.isRetriable == false)
        }
    }

    @Test("Headers that would write others", arguments: ["a\r\nInjected: yes", "a\nb", "a\rb", "a\0b", "\u{7f}"])
    func headerValue(_ value: String) async throws {
        try await withClient { client in
            let error = await failure(of: HTTPRequest(url: "http://127.0.0.1:1/", headers: ["X-Custom": value]), client)
            #expect(error?.code == .invalidRequest)
            #expect(error?.message.contains("X-Custom") == true)
        }
    }

    @Test(
        "Header names that are not tokens, or set by the body",
        arguments: ["", "a b", "a:", "a\r\n", "é", "Content-Length", "transfer-encoding"])
    func headerName(_ name: String) async throws {
        try await withClient { client in
            let error = await failure(of: HTTPRequest(url: "http://127.0.0.1:1/", headers: HTTPHeaders([(name, "1")])), client)
            #expect(error?.code == .invalidRequest)
        }
    }

    @Test("Methods that are not tokens", arguments: ["", "GET /", "GET\r\nX: y"])
    func method(_ method: String) async throws {
        try await withClient { client in
            let error = await failure(of: HTTPRequest(method: method, url: "http://127.0.0.1:1/"), client)
            #expect(error?.code == .invalidRequest)
        }
    }

    @Test(
        "Errors keep secrets",
        arguments: [
            "http://user:hunter2@127.0.0.1:1/path?key=hunter2#hunter2", "http://user:hunter2@127.0.0.1:bad/",
            "http:/user:hunter2@127.0.0.1/",
            "http://us/er:hunter2@127.0.0.1:1/", "http://user:hunter2@nonexistent.invalid/?hunter2", "user:hunter2@127.0.0.1",
            "http://user:hunter2@127.0.0.1:1?key=hunter2", "ftp://user:hunter2@127.0.0.1/",
        ])
    func secrets(_ url: String) async throws {
        try await withClient { client in
            let headers: HTTPHeaders = ["Authorization": "hunter2"]
            let error = try #require(await failure(of: HTTPRequest(url: url, headers: headers), client))
            #expect(!"\(error) \(String(reflecting: error))".contains("hunter2"))
        }
    }
}
