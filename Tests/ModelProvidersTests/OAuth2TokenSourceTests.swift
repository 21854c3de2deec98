import CurlHTTP
import Logging
import ModelProviders
import MoltBotCore
import NIOHTTP1
import Synchronization
import TestSupport
import Testing

@Suite("OAuth2 client credentials")
struct OAuth2TokenSourceTests {
    /// A clock that a test moves.
    private final class Clock: Sendable {
        private let time = Mutex(ContinuousClock.now)

        var now: ContinuousClock.Instant { time.withLock { $0 } }

        func advance(by duration: Duration) { time.withLock { $0 += duration } }
    }

    private func withSource(
        _ script: @escaping ModelServer.Script, authentication: OAuth2Settings.ClientAuthentication = .basic,
        scopes: [String] = ["a", "b c"],
        run body: (OAuth2TokenSource, ModelServer, Clock) async throws -> Void
    ) async throws {
        try await withModelServer(script) { server in
            let client = HTTPClient(logger: Logger(label: "test"))
            let clock = Clock()
            let settings = OAuth2Settings(
                tokenURL: "http://127.0.0.1:\(server.port)/oauth2/v2.0/token", clientID: "id:1", clientSecret: SecretString("s3cr&t +"),
                scopes: scopes, clientAuthentication: authentication)
            let result: Result<Void, any Error>
            do {
                result = .success(try await body(OAuth2TokenSource(settings, client: client, now: { clock.now }), server, clock))
            } catch {
                result = .failure(error)
            }
            await client.shutdown()
            try result.get()
        }
    }

    /// `token-1`, `token-2` and so on.
    private static func token(_ request: RecordedRequest, lifetime: Int = 3600) -> ModelResponse {
        .json(#"{"access_token":"token-\#(request.number)","token_type":"Bearer","expires_in":\#(lifetime)}"#)
    }

    private func expectToken(_ token: String, of source: OAuth2TokenSource, sourceLocation: SourceLocation = #_sourceLocation) async throws
    {
        let authorization = try await source.authorization()
        #expect(authorization == .bearer(SecretString(token)), sourceLocation: sourceLocation)
    }

    @Test("Asks as the standard says, with the client in the header or in the body")
    func request() async throws {
        try await withSource({ Self.token($0) }) { source, server, _ in
            try await expectToken("token-1", of: source)
            let request = try #require(server.requests.elements.first)
            #expect(request.method == "POST" && request.uri == "/oauth2/v2.0/token")
            #expect(request.headers.first(name: "content-type") == "application/x-www-form-urlencoded")
            // id%3A1:s3cr%26t+%2B
            #expect(request.headers.first(name: "authorization") == "Basic aWQlM0ExOnMzY3IlMjZ0KyUyQg==")
            #expect(request.text == "grant_type=client_credentials&scope=a+b+c")
        }
        try await withSource({ Self.token($0) }, authentication: .body, scopes: []) { source, server, _ in
            _ = try await source.authorization()
            let request = try #require(server.requests.elements.first)
            #expect(!request.headers.contains(name: "authorization"))
            #expect(request.text == "grant_type=client_credentials&client_id=id%3A1&client_secret=s3cr%26t+%2B")
        }
    }

    @Test("Keeps a token until a minute before its end, a short one until half of its life")
    func kept() async throws {
        for (lifetime, fresh) in [(3600, 3540), (30, 15)] {
            try await withSource({ Self.token($0, lifetime: lifetime) }) { source, _, clock in
                try await expectToken("token-1", of: source)
                clock.advance(by: .seconds(fresh - 1))
                try await expectToken("token-1", of: source)
                clock.advance(by: .seconds(1))
                try await expectToken("token-2", of: source)
                try await expectToken("token-2", of: source)
            }
        }
    }

    @Test("A lifetime that is no time at all is passed over", arguments: [#""nan""#, #""inf""#, #""-inf""#, #""soon""#, "-1e300", "1e300"])
    func oddLifetime(text: String) async throws {
        try await withSource({ _ in .json(#"{"access_token":"token-1","expires_in":\#(text)}"#) }) { source, _, _ in
            try await expectToken("token-1", of: source)
        }
    }

    @Test("However many calls wait, one request is in flight")
    func oneInFlight() async throws {
        let gate = Gate()
        try await withSource({ Self.token($0).held(by: gate) }) { source, server, _ in
            try await withThrowingTaskGroup(of: ModelAuthorization.self) { group in
                for _ in 0..<50 { group.addTask { try await source.authorization() } }
                try await server.requests.atLeast(1, "token request")
                gate.open()
                for try await authorization in group { #expect(authorization == .bearer(SecretString("token-1"))) }
            }
            #expect(server.requests.count == 1)
        }
    }

    @Test("A server that is away takes nothing down while the token holds, and is left alone for a moment")
    func awayServer() async throws {
        let script: ModelServer.Script = { $0.number == 1 ? Self.token($0) : .json("", status: 503) }
        try await withSource(script) { source, server, clock in
            _ = try await source.authorization()
            clock.advance(by: .seconds(3550))
            for _ in 0..<3 { try await expectToken("token-1", of: source) }
            #expect(server.requests.count == 2)
            clock.advance(by: .seconds(6))
            try await expectToken("token-1", of: source)
            #expect(server.requests.count == 3)
            clock.advance(by: .seconds(60))
            let error = await #expect(throws: ModelError.self) { _ = try await source.authorization() }
            #expect(error?.kind == .overloaded && error?.isRetryable == true)
        }
    }

    @Test("A token that a service refused is replaced, a newer one is not")
    func refusedToken() async throws {
        try await withSource({ Self.token($0) }) { source, server, _ in
            _ = try await source.authorization()
            await source.invalidate(SecretString("token-1"))
            try await expectToken("token-2", of: source)
            await source.invalidate(SecretString("token-1"))
            try await expectToken("token-2", of: source)
            #expect(server.requests.count == 2)
        }
    }

    @Test(
        "Each refusal has its class, and none shows a secret",
        arguments: [
            (401, #"{"error":"invalid_client","error_description":"wrong secret s3cr&t +"}"#, .auth),
            (400, #"{"error":"invalid_scope"}"#, .auth), (404, "<html>s3cr&t +", .auth), (429, "", .rateLimited), (500, "", .serverError),
            (503, "", .overloaded), (400, #"{"error":"temporarily_unavailable"}"#, .overloaded),
            (200, #"{"token":"s3cr&t +"}"#, .serverError), (200, "s3cr&t +", .serverError),
            (200, #"{"access_token":"x","token_type":"mac"}"#, .auth),
        ] as [(Int, String, ModelError.Kind)])
    func refusals(status: Int, body: String, kind: ModelError.Kind) async throws {
        try await withSource({ _ in .json(body, status: status) }) { source, _, _ in
            let error = await #expect(throws: ModelError.self) { _ = try await source.authorization() }
            #expect(error?.kind == kind)
            #expect(!"\(String(describing: error))".contains("s3cr&t"))
        }
    }

    @Test("A server that is not there is a network failure, a URL that is none a refusal")
    func unreachable() async throws {
        let client = HTTPClient(logger: Logger(label: "test"))
        for (url, kind) in [("http://127.0.0.1:1/token", ModelError.Kind.network), ("token", .auth)] {
            let settings = OAuth2Settings(tokenURL: url, clientID: "id", clientSecret: SecretString("s"))
            let error = await #expect(throws: ModelError.self) {
                try await OAuth2TokenSource(settings, client: client).authorization()
            }
            #expect(error?.kind == kind)
        }
        await client.shutdown()
    }
}
