import MoltBotCore
import NIOHTTP1
import TestSupport
import Testing

/// Each setting of the sections `models` and `model`, in a worker process.
@Suite("What the settings of models say is done", .timeLimit(.minutes(30)))
struct ModelSettingTests {
    @Test func forAllDeployments() async throws {
        try await withModelServer { _ in
            .failure(500, "broken")
        } run: { broken in
            try await withModelServer { sound in
                @Sendable func yaml(_ section: String, _ failover: String = "") -> String {
                    """
                    models:
                      \(section)
                      deployments:
                        - {name: one, model: gpt, provider: vllm, endpoint: "\(sound.baseURL)"}
                        - {name: priced, model: gpt-x, provider: openai, endpoint: "\(sound.baseURL)", auth: key}
                        - {name: first, model: both, provider: vllm, endpoint: "\(broken.baseURL)"}
                        - {name: second, model: both, provider: vllm, endpoint: "\(sound.baseURL)", weight: 0}
                    \(failover)
                    """
                }
                let prices = #"{"gpt-x": {"litellm_provider": "openai", "input_cost_per_token": 1, "output_cost_per_token": 2}}"#
                let files = ["prices.json": prices, "keys/auth.json": #"{"key": "sk-other"}"#]
                let auth = "auth_file: keys/auth.json"
                try await SettingsStage.run(yaml("\(auth)\n  default: gpt"), files: files) { stage in
                    #expect(try await stage.outcome(#""max_retries": 0"#).deployment == "one")
                    #expect(try await stage.outcome(#""model": "gpt-x""#).cost == nil)
                    #expect(sound.requests.elements.last?.headers["authorization"] == ["Bearer sk-other"])
                    let switched = try await stage.outcome(#""model": "both""#)
                    #expect(switched.attempts.map(\.deployment) == ["first", "second"])

                    try await stage.change(to: yaml("\(auth)\n  price_file: prices.json"))
                    #expect(try await stage.outcome(#""model": "gpt-x""#).cost == 9.0)
                    // A file that the settings did not name at the start is read again as well.
                    try await stage.change(
                        "prices.json", to: prices.replacing("\"output_cost_per_token\": 2", with: "\"output_cost_per_token\": 5"))
                    #expect(try await stage.outcome(#""model": "gpt-x""#).cost == 12.0)
                    #expect(try await stage.outcome(#""max_retries": 0"#).error?.type == "invalid_request", "there is no default now")

                    try await stage.change(to: yaml(auth, "model: {failover: {retry_interval: 300}}"))
                    let slow = try await stage.outcome(#""model": "both""#)
                    let attempts = slow.attempts
                    #expect(attempts.count == 2)
                    if attempts.count == 2 {
                        #expect(attempts[1].startedAt - (attempts[0].startedAt + attempts[0].duration) >= .milliseconds(290))
                    }

                    try await stage.change(to: yaml(auth, "model: {failover: {enabled: no}}"))
                    let stuck = try await stage.outcome(#""model": "both", "max_retries": 0"#)
                    #expect(stuck.attempts.map(\.deployment) == ["first"])
                    #expect(stuck.error?.type == "server_error")

                    try await stage.change(to: yaml("\(auth)\n  workspace_limits: {default: {requests_per_minute: 1}}"))
                    #expect(try await stage.outcome().status == .completed)
                    let deadline = (Timestamp.now() + .seconds(20)).rfc3339
                    let late = try await stage.outcome(#""model": "gpt-x", "deadline": "\#(deadline)""#)
                    #expect(late.error?.type == "rate_limited")
                }
            }
        }
    }

    @Test func forModelsThatNobodyHas() async throws {
        try await withModelServer { server in
            let openAI = "openai: {base_url: \"\(server.baseURL)\", api_key: sk-any}"
            try await SettingsStage.run("models:\n  \(openAI)\n") { stage in
                let outcome = try await stage.outcome(#""model": "whatever""#)
                #expect(outcome.status == .completed)
                let request = try #require(server.requests.elements.last)
                #expect(request.headers["authorization"] == ["Bearer sk-any"])
                #expect(try JSONValue.parse(request.body)["model"] == "whatever")

                try await stage.change(to: "models:\n  echo: {delay: 250ms}\n")
                let unknown = try await stage.outcome(#""model": "whatever", "max_retries": 0"#)
                #expect(unknown.error?.type == "not_found")
                let slow = try await stage.outcome(#""model": "echo""#)
                #expect((slow.attempts.last?.duration ?? .zero) >= .milliseconds(240))

                try await stage.change(to: "models:\n  echo: {failure_rate: 1}\n")
                #expect(try await stage.outcome(#""model": "echo", "max_retries": 0"#).status == .failed)
            }
        }
    }

    @Test func namesThatNobodyServesAreSaid() async throws {
        let yaml = """
            models:
              default: cluade
              deployments:
                - {name: claude, provider: anthropic, fallback: {context_length: [gmini, echo]}}
                - {name: gemini, provider: gemini}
            """
        try await SettingsStage.run(yaml) { stage in
            // The log's own quotes are around the quotes.
            try await stage.hear(#"\"cluade\", which is in models.default; did you mean \"claude\"?"#)
            try await stage.hear(#"\"gmini\", which is in the fallbacks of deployment \"claude\"; did you mean \"gemini\"?"#)
        }
    }

    @Test(arguments: [("max_bytes: 0", false), ("ttl: 1h", true)])
    func forTheCache(_ setting: String, _ isKept: Bool) async throws {
        try await SettingsStage.run("models:\n  cache: {\(setting)}\n") { stage in
            for isCached in [false, isKept] {
                let outcome = try await stage.outcome(#""model": "echo", "cache": "on""#)
                #expect(outcome.isCached == isCached)
            }
        }
    }

    @Test func anAnswerIsKeptNoLongerThanTheSettingSays() async throws {
        try await SettingsStage.run("models:\n  cache: {ttl: 1s}\n") { stage in
            #expect(try await stage.outcome(#""model": "echo", "cache": "on""#).isCached == false)
            // Each look takes some milliseconds: a second passes by asking.
            var looks = 0
            while try await stage.outcome(#""model": "echo", "cache": "read""#).isCached {
                looks += 1
                try #require(looks < 20_000)
            }
        }
    }

    @Test func whatCannotBeUsedStopsTheWorkerAndIsNamed() async throws {
        let mistakes = [
            ("models: {strategy: fastest}", "models.strategy is 'fastest'"),
            ("models: {auth_file: nowhere.json}", "models.auth_file"),
            ("models: {price_file: nowhere.json}", "models.price_file"),
            ("models: {workspace_limits: {acme: {rpm: many}}}", "models.workspace_limits.acme: limits.rpm: expected a whole number"),
            ("models: {cache: {max_bytes: lots}}", "models.cache.max_bytes is 'lots'"),
            ("models: {cache: {ttl: forever}}", "models.cache.ttl is 'forever'"),
            ("models: {openai: {base_url: example.org}}", "models.openai.base_url is 'example.org'"),
            ("models: {echo: {delay: soon}}", "models.echo.delay is 'soon'"),
            ("models: {echo: {failure_rate: 2}}", "models.echo.failure_rate is '2'"),
            ("model: {failover: {enabled: perhaps}}", "model.failover.enabled is 'perhaps'"),
            ("model: {failover: {retry_interval: -1}}", "model.failover.retry_interval is '-1'"),
        ]
        for (yaml, part) in mistakes { try await Self.refuses(yaml, [part]) }
        try await Self.refuses(
            "models: {default: [a], zone: [b], workspace_limits: 5, deployments: 3, defalt: c}",
            [
                "models.default is one value", "models.zone is one value", "models.workspace_limits is a section",
                "models.deployments is a list", "unknown key 'defalt' in 'models': did you mean 'default'?",
            ])
    }

    @Test func whatCannotBeUsedInADeploymentIsNamed() async throws {
        let yaml = """
            models:
              - {name: [a], model: 5, provider: nobody, endpoint: example.org, provider_model: []}
              - {name: b, provider: openai, auth: 5, zone: [], weight: heavy, limits: 5}
              - {name: c, provider: openai, prices: cheap, max_tokens: 0, context_window: 0, timeout: soon, enabled: perhaps}
              - {name: d, provider: openai, fallback: 5, timeout: 0}
              - {name: e, provider: openai, fallback: {errors: [b]}, limits: {rps: 1}, prices: {input: 1}}
            """
        let fields = [
            ["name", "model", "provider", "endpoint", "provider_model"], ["auth", "zone", "weight", "limits"],
            ["prices", "max_tokens", "context_window", "timeout", "enabled"], ["fallback", "timeout"],
            ["fallback.errors", "limits.rps", "prices.input"],
        ]
        try await Self.refuses(
            yaml, fields.enumerated().flatMap { index, names in names.map { "models.deployments[\(index)].\($0): " } })
    }

    /// The worker says what is wrong before it looks for a broker.
    private static func refuses(_ yaml: String, _ parts: [String]) async throws {
        let run = try await CommandRun.of(
            "worker", environment: ["MOLTBOT_BROKER_URL": "amqp://127.0.0.1:1"], files: ["config/gateway.yaml": yaml])
        #expect(run.status == .code(78), "\(yaml): \(run.messages)")
        for part in parts { #expect(run.messages.contains(part), "\(part) is not in: \(run.messages)") }
    }
}
