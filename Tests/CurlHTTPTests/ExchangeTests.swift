import CurlHTTP
import NIOCore
import NIOHTTP1
import Testing

@Suite("Whole exchanges", .timeLimit(.minutes(30)))
struct ExchangeTests {
    @Test("A response arrives with its status, headers and body")
    func response() async throws {
        try await LoopbackServer.with { exchange in
            exchange.respond(201, headers: [("X-One", "1"), ("Set-Cookie", "a=1"), ("set-cookie", "b=2")], ByteBuffer(string: "hello"))
        } _: { server in
            try await withClient { client in
                let response = try await client.execute(HTTPRequest(url: "\(server.url)/path?query"))
                #expect(response.status == 201)
                #expect(response.httpVersion == .http11)
                #expect(response.headers["x-one"] == "1")
                #expect(response.headers.values(of: "Set-Cookie") == ["a=1", "b=2"])
                #expect(response.body.text == "hello")
            }
        }
    }

    @Test("A request arrives as it was given", arguments: ["POST", "PUT", "PATCH", "DELETE", "GET", "PURGE"])
    func request(_ method: String) async throws {
        let seen = Handoff<Exchange>()
        try await LoopbackServer.with { exchange in
            seen.give(exchange)
            exchange.respond()
        } _: { server in
            try await withClient(HTTPClientConfiguration(userAgent: "tests/1")) { client in
                let headers: CurlHTTP.HTTPHeaders = ["X-Empty": "", "Authorization": "Bearer ünïcode"]
                _ = try await client.execute(
                    HTTPRequest(method: method, url: "\(server.url)/a%20b?c=d", headers: headers, body: Array("{\"a\": 1}".utf8)))
            }
        }
        let exchange = try await seen.value
        #expect(exchange.head.method.rawValue == method)
        #expect(exchange.target == "/a%20b?c=d")
        #expect(exchange.head.headers["x-empty"] == [""])
        #expect(exchange.head.headers["authorization"] == ["Bearer ünïcode"])
        #expect(exchange.head.headers["user-agent"] == ["tests/1"])
        #expect(exchange.head.headers["content-type"] == [])
        #expect(exchange.head.headers["content-length"] == ["8"])
        #expect(exchange.body.text == "{\"a\": 1}")
    }

    @Test(
        "Requests without a body",
        arguments: [("GET", nil), ("DELETE", nil), ("HEAD", nil), ("POST", "0"), ("PUT", "0")] as [(String, String?)])
    func noBody(_ method: String, _ contentLength: String?) async throws {
        let seen = Handoff<Exchange>()
        try await LoopbackServer.with { exchange in
            seen.give(exchange)
            if exchange.head.method == .HEAD {
                exchange.begin(headers: [("Content-Length", "99999999")])
                exchange.end()
            } else {
                exchange.respond()
            }
        } _: { server in
            try await withClient { client in
                let response = try await client.execute(HTTPRequest(method: method, url: server.url, maximumResponseBytes: 10))
                #expect(response.status == 200)
                #expect(response.body.readableBytes == 0)
            }
        }
        let head = try await seen.value.head
        #expect(head.method.rawValue == method)
        #expect(head.headers.first(name: "content-length") == contentLength)
    }

    @Test("A body above libcurl's Expect threshold is sent at once and arrives unchanged")
    func largeBody() async throws {
        let body = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try await LoopbackServer.with { exchange in
            let expect = exchange.head.headers.first(name: "expect") ?? "none"
            exchange.respond(headers: [("X-Expect", expect)], exchange.body)
        } _: { server in
            try await withClient { client in
                let response = try await client.execute(HTTPRequest(url: server.url, body: body))
                #expect(response.headers["x-expect"] == "none")
                #expect(response.body == ByteBuffer(bytes: body))
            }
        }
    }

    @Test("Sequential requests share one connection, and handles used before carry nothing over")
    func keepAlive() async throws {
        try await LoopbackServer.with { exchange in
            let seen = "\(exchange.head.method.rawValue) \(exchange.head.headers.first(name: "x-number") ?? "-") \(exchange.body.text)"
            exchange.respond(200, ByteBuffer(string: seen))
        } _: { server in
            try await withClient { client in
                for number in 0..<50 {
                    let posted = try await client.execute(
                        HTTPRequest(url: server.url, headers: ["X-Number": "\(number)"], body: Array("body \(number)".utf8)))
                    #expect(posted.body.text == "POST \(number) body \(number)")
                    let got = try await client.execute(HTTPRequest(url: server.url))
                    #expect(got.body.text == "GET - ")
                }
            }
            #expect(server.connections.count == 1)
        }
    }

    @Test("A handle used before carries no method, body or credentials into the next request")
    func handleReuse() async throws {
        try await LoopbackServer.with { exchange in
            let authorization = exchange.head.headers.first(name: "authorization") ?? "-"
            let length = exchange.head.headers.first(name: "content-length") ?? "-"
            let seen = ("X-Seen", "\(exchange.head.method.rawValue) \(length) \(authorization)")
            if exchange.head.method == .HEAD {
                // Announced, or the server would end the absent body with a chunk.
                exchange.begin(headers: [seen, ("Content-Length", "7")])
                exchange.end()
            } else {
                exchange.respond(headers: [seen])
            }
        } _: { server in
            try await withClient { client in
                let withUser = server.url.replacing("http://", with: "http://user:pass@")
                for (method, url, body, expected) in [
                    ("PUT", withUser, "12345", "PUT 5 Basic dXNlcjpwYXNz"), ("GET", server.url, nil, "GET - -"),
                    ("HEAD", server.url, nil, "HEAD - -"), ("POST", server.url, "123", "POST 3 -"),
                    ("HEAD", withUser, nil, "HEAD - Basic dXNlcjpwYXNz"),
                    ("DELETE", server.url, nil, "DELETE - -"), ("POST", server.url, nil, "POST 0 -"), ("GET", server.url, nil, "GET - -"),
                ] as [(String, String, String?, String)] {
                    let request = HTTPRequest(method: method, url: url, body: body.map { ByteBuffer(string: $0) })
                    let response = try await client.execute(request)
                    #expect(response.headers["x-seen"] == expected)
                }
            }
        }
    }

    @Test("Redirects are responses")
    func redirect() async throws {
        try await LoopbackServer.with { exchange in
            exchange.respond(302, headers: [("Location", "/elsewhere")])
        } _: { server in
            try await withClient { client in
                let response = try await client.execute(HTTPRequest(url: server.url))
                #expect(response.status == 302)
            }
        }
    }

    @Test("Interim responses and trailers are not the response")
    func interimAndTrailers() async throws {
        let reply = """
            HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n\
            2\r\nok\r\n0\r\nX-Sum: 7\r\n\r\n
            """
        try await RawServer.with(reply: reply) { url in
            try await withClient { client in
                let response = try await client.execute(HTTPRequest(url: url))
                #expect(response.status == 200)
                #expect(response.headers["link"] == nil)
                #expect(response.headers["x-sum"] == nil)
                #expect(response.body.text == "ok")
            }
        }
    }
}
