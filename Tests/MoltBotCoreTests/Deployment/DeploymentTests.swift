import MoltBotCore
import Testing

@Suite("Deployment")
struct DeploymentTests {
    @Test("What REST states is enough")
    func rest() throws {
        let deployment = try Deployment.decode([
            "name": "gpt-4", "provider": "openai", "api_key": "sk-1", "base_url": "http://127.0.0.1:8000/v1", "weight": 3,
        ])
        #expect(deployment.model == "gpt-4")
        #expect(deployment.providerModel == "gpt-4")
        #expect(deployment.credentials == [DeploymentCredential(name: "key", kind: .apiKey(.plain(SecretString("sk-1"))))])
        #expect(deployment.weight == 3)
        #expect(deployment.isEnabled)
        #expect("\(deployment)".contains("sk-1") == false)
    }

    @Test("Everything that a settings file may say")
    func file() throws {
        let deployment = try Deployment.decode([
            "name": "claude-eu", "model": "claude", "provider": "anthropic", "endpoint": "https://eu.example.org",
            "provider_model": "claude-sonnet-4-5", "auth": ["team-a", "team-b"], "zone": "eu", "weight": 0.5,
            "prices": ["input_cost_per_token": 3e-6, "input_cost_per_token_above_200k_tokens": 6e-6],
            "limits": ["rpm": 100, "tokens_per_minute": 40_000, "concurrency": 8], "max_tokens": 4096, "context_window": 200_000,
            "timeout": 2.5, "enabled": false, "fallback": ["error": ["gpt-4"], "context_length": "gemini", "content_policy": []],
        ])
        #expect(deployment.model == "claude")
        #expect(deployment.providerModel == "claude-sonnet-4-5")
        #expect(deployment.baseURL == "https://eu.example.org")
        #expect(deployment.credentials.map(\.name) == ["team-a", "team-b"])
        #expect(deployment.limits == RateLimits(requestsPerMinute: 100, tokensPerMinute: 40_000, concurrency: 8))
        #expect(deployment.timeout == .milliseconds(2500))
        #expect(deployment.isEnabled == false)
        #expect(deployment.fallbacks == Fallbacks(onError: ["gpt-4"], onContextLength: ["gemini"]))
        #expect(deployment.prices?.cost(of: Usage(inputTokens: 200_001)).map { abs($0 - 1.200006) < 1e-9 } == true)
    }

    @Test("A fallback may be one name, and several keys may be given")
    func shortForms() throws {
        let deployment = try Deployment.decode([
            "name": "a", "provider": "groq", "fallback": "b", "api_key": ["one", ["env": "SECOND_KEY"], "sealed:v1:k:abc"],
        ])
        #expect(deployment.fallbacks.onError == ["b"])
        #expect(deployment.credentials.map(\.name) == ["key", "key-2", "key-3"])
        #expect(deployment.credentials[1].kind == .apiKey(.environment("SECOND_KEY")))
        #expect(deployment.credentials[2].kind == .apiKey(.sealed("sealed:v1:k:abc")))
    }

    @Test("OAuth2 client credentials")
    func oauth2() throws {
        let deployment = try Deployment.decode([
            "name": "a", "provider": "openai-compatible", "base_url": "https://llm.example.org/v1",
            "credentials": [
                [
                    "name": "corp", "token_url": "https://login.example.org/token", "client_id": "me",
                    "client_secret": ["env": "CORP_SECRET"],
                    "scopes": ["llm"],
                ]
            ],
        ])
        let client = OAuth2Client(
            tokenURL: "https://login.example.org/token", clientID: "me", clientSecret: .environment("CORP_SECRET"), scopes: ["llm"])
        #expect(deployment.credentials == [DeploymentCredential(name: "corp", kind: .oauth2(client))])
    }

    struct Mistake: Sendable {
        let document: JSONValue
        let part: String

        init(_ document: JSONValue, _ part: String) {
            self.document = document
            self.part = part
        }
    }

    static let mistakes: [Mistake] = [
        Mistake(["name": "a"], "provider: is needed"),
        Mistake(["provider": "openai"], "name: is needed"),
        Mistake(["name": "a", "provider": "opnai"], "did you mean \"openai\"?"),
        Mistake(["name": "a", "provider": "vllm"], "base_url: is needed"),
        Mistake(["name": "a", "provider": "openai", "base_url": "example.org"], "base_url: expected a URL"),
        Mistake(["name": "a", "provider": "openai", "wieght": 2], "wieght: unknown field; did you mean \"weight\"?"),
        Mistake(["name": "a b", "provider": "openai"], "name: no spaces"),
        Mistake(["name": "a", "provider": "openai", "weight": -1], "weight: expected a number"),
        Mistake(["name": "a", "provider": "openai", "timeout": 0], "timeout: expected seconds, more than 0"),
        Mistake(["name": "a", "provider": "openai", "limits": ["rpm": 0]], "limits.rpm: expected a whole number"),
        Mistake(["name": "a", "provider": "openai", "prices": ["input_cost": 1]], "prices.input_cost: unknown field"),
        Mistake(["name": "a", "provider": "openai", "fallbacks": ["a"]], "is its own fallback"),
        Mistake(["name": "a", "provider": "openai", "api_key": "s k"], "api_key: expected a key without spaces"),
        Mistake(["name": "a", "provider": "openai", "credentials": [["name": "x"]]], "credentials[0]: give \"api_key\""),
        Mistake([1], "expected an object"),
    ]

    @Test("A mistake is named with its field and what to write instead", arguments: mistakes)
    func mistake(_ mistake: Mistake) {
        let error = #expect(throws: InvalidDeployment.self) { try Deployment.decode(mistake.document) }
        #expect(error?.description.contains(mistake.part) == true, "\(error?.description ?? "")")
    }

    @Test("A key in the wrong place is not shown")
    func noKeyInMessages() {
        let error = #expect(throws: InvalidDeployment.self) {
            try Deployment.decode(["name": "a", "provider": "openai", "api_key": "sk secret"])
        }
        #expect(error?.description.contains("secret") == false)
    }
}
