import MoltBotCore
import NIOHTTP1
import TestSupport
import Testing

/// Real `moltbot api` processes that take the tokens of a provider, which publishes its keys on this machine.
@Suite("api.jwt", .timeLimit(.minutes(30)))
struct TokenSettingsTests {
    @Test("a token opens its workspace with its scopes; others are refused and told why; new keys are taken at once")
    func tokens() async throws {
        let (old, new, stranger) = (
            try await IdentityProvider(), try await IdentityProvider(key: "k2"), try await IdentityProvider(key: "k3")
        )
        let published = Recorder<String>()
        published.record(old.keySet)
        try await withModelServer({ _ in .json(published.elements.last ?? "") }) { server in
            try await withNode(keys: "http://127.0.0.1:\(server.port)/keys") { _, node in
                let good = try await old.token(workspace: "default", scope: "openid submit")
                let sent = try await node.send("POST", "/tasks", token: good, json: #"{"prompt": "x"}"#)
                #expect(sent.status == 202, "\(sent.text)")
                let id = try #require(try sent.json()["task_id"]?.stringValue)
                let reader = try await old.token(workspace: "default", scope: "read")
                #expect(try await node.send("GET", "/tasks/\(id)", token: reader).status == 200)
                let elsewhere = try await old.token(workspace: "acme", scope: "read")
                #expect(try await node.send("GET", "/tasks/\(id)", token: elsewhere).status == 404)
                try await expect(403, "scope \"read\"", try await node.send("GET", "/tasks/\(id)", token: good))
                try await expect(403, "acme", try await node.send("GET", "/tasks?workspace=default", token: try await old.token()))
                #expect(try await node.send("GET", "/tasks", token: nil).status == 401)

                for (bad, reason) in [
                    (try await old.token(secondsLeft: -600), "expired"), (try await old.token(audience: "another"), "audience"),
                    (try await old.token(audience: nil), "audience"), (try await old.token(issuer: "https://other.example"), "issuer"),
                    (try await old.token(workspace: nil), "workspace"), (IdentityProvider.unsigned(good), "not signed"),
                    (String(good.dropLast(8)), "signature"), ("a.b.c", "no JSON Web Token"),
                ] { try await expect(401, reason, try await node.send("GET", "/tasks", token: bad)) }

                published.record(new.keySet)
                let fresh = try await new.token(scope: "read")
                #expect(try await node.send("GET", "/tasks", token: fresh).status == 200)
                try await expect(401, "does not publish", try await node.send("GET", "/tasks", token: good))
                try await expect(401, "does not publish", try await node.send("GET", "/tasks", token: try await stranger.token()))
                #expect(server.requests.count < 4, "Unknown keys made the node ask the provider again and again.")
            }
        }
    }

    @Test("a provider that is away at the start keeps nobody else out, and its tokens count once it is back")
    func providerAway() async throws {
        let provider = try await IdentityProvider()
        let isBack = Gate()
        try await withModelServer({ _ in isBack.isOpen ? .json(provider.keySet) : .failure(503, "away") }) { server in
            try await withNode(keys: "http://127.0.0.1:\(server.port)/keys") { process, node in
                _ = try await process.errorOutput.first("a warning") { $0.contains("Tokens are refused until their keys can be read") }
                #expect(try await node.send("GET", "/health", token: nil).status == 200)
                #expect(try await node.send("GET", "/tasks", token: nil).status == 401)
                let token = try await provider.token(scope: "read")
                let early = try await node.send("GET", "/tasks", token: token)
                #expect(early.status == 503, "\(early.text)")
                #expect(early.headers["retry-after"] == ["5"])
                isBack.open()
                _ = try await process.errorOutput.first("the keys", within: .seconds(60)) { $0.contains("The keys for tokens are read") }
                #expect(try await node.send("GET", "/tasks", token: token).status == 200)
            }
        }
    }

    @Test(
        "settings that can't work are told at the start",
        arguments: [
            ("http://id.example.org/keys", "moltbot", "neither a file nor an https address"),
            ("/nowhere/keys.json", "moltbot", "can't be read"),
            ("", "moltbot", "is set without api.jwt.keys"),
            ("/nowhere/keys.json", "", "is set without api.jwt.issuer and api.jwt.audience"),
            (BuildProducts.repository + "/README.md", "moltbot", "no JSON Web Key Set"),
        ])
    func wrongSettings(keys: String, audience: String, reason: String) async throws {
        try await TestBroker.withVirtualHost { host in
            let run = try await runToEnd(
                try BuildProducts.executable("moltbot"), ["api", "--api-port", "0", "--apply-topology"],
                environment: try await environment(host, keys: keys, audience: audience))
            #expect(run.exit == .code(78), "\(run.errorOutput)")
            #expect(run.errorOutput.contains(reason), "\(run.errorOutput)")
        }
    }

    private func expect(_ status: Int, _ reason: String, _ answer: LoopbackHTTP.Response) async throws {
        #expect(answer.status == status, "\(reason): \(answer.text)")
        #expect(try answer.json()["detail"]?.stringValue?.contains(reason) == true, "\(reason): \(answer.text)")
    }

    private func environment(_ host: VirtualHost, keys: String, audience: String) async throws -> [String: String] {
        [
            "MOLTBOT_BROKER_URL": host.url, "MOLTBOT_STATE_DIR": try await TestRun.makeDirectory("tokens"), "MOLTBOT_API_JWT_KEYS": keys,
            "MOLTBOT_API_JWT_ISSUER": "https://id.example.org", "MOLTBOT_API_JWT_AUDIENCE": audience, "NO_COLOR": "1",
        ]
    }

    /// Runs `moltbot api` for the length of `body`.
    private func withNode(keys: String, _ body: @escaping (ChildProcess, LoopbackHTTP) async throws -> Void) async throws {
        try await TestBroker.withVirtualHost { host in
            try await withChildProcess(
                try BuildProducts.executable("moltbot"), ["api", "--api-port", "0", "--apply-topology"],
                environment: try await environment(host, keys: keys, audience: "moltbot")
            ) { process in
                let ready = try await process.errorOutput.first("a ready API", within: .seconds(60)) { $0.hasPrefix("API ready at ") }
                let address = ready.split(separator: " ").dropFirst(3).first?.prefix { $0 != "," }
                let port = try #require(address?.split(separator: ":").last.flatMap { Int($0) }, "\(ready)")
                try await body(process, LoopbackHTTP(port: port))
            }
        }
    }
}

extension LoopbackHTTP {
    fileprivate func send(_ method: String, _ path: String, token: String?, json: String? = nil) async throws -> Response {
        try await send(method, path, headers: token.map { ["Authorization": "Bearer \($0)"] } ?? [:], json: json)
    }
}
