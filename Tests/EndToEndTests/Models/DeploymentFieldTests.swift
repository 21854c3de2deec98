import MoltBotCore
import NIOHTTP1
import TestSupport
import Testing

/// Each field of a deployment in the settings file, in a worker process that reads the file again for each of them.
@Suite("What a deployment of the settings file says is done", .timeLimit(.minutes(30)))
struct DeploymentFieldTests {
    /// `- {name: NAME, provider: vllm, endpoint: ..., FIELDS}`
    private static func deployment(_ name: String, _ server: ModelServer, _ fields: String = "model: gpt", provider: String = "vllm")
        -> String
    {
        "  - {name: \(name), provider: \(provider), endpoint: \"\(server.baseURL)\", \(fields)}\n"
    }

    /// For input and output alike.
    private static func prices(_ dollars: Double) -> String {
        "prices: {input_cost_per_token: \(dollars), output_cost_per_token: \(dollars)}"
    }

    @Test func whatIsSentAndWhatItCosts() async throws {
        try await withModelServer { server in
            let prices = "prices: {input_cost_per_token: 0.001, output_cost_per_token: 0.01}"
            let start =
                "models:\n" + Self.deployment("one", server, "model: gpt, provider_model: real, auth: first, max_tokens: 5, \(prices)")
            let files = ["models/auth.json": #"{"first": "sk-1", "second": {"api_key": "sk-2", "limits": {"rpm": 1}}}"#]
            try await SettingsStage.run(start, files: files) { stage in
                let outcome = try await stage.outcome(#""model": "gpt", "parameters": {"max_tokens": 50}"#)
                #expect(outcome.deployment == "one")
                #expect(outcome.model == "gpt")
                #expect(try abs(#require(outcome.cost) - (7 * 0.001 + 1 * 0.01)) < 1e-12)
                let request = try #require(server.requests.elements.last)
                let body = try JSONValue.parse(request.body)
                #expect(body["model"] == "real")
                #expect(body["max_tokens"] == 5)
                #expect(request.headers["authorization"] == ["Bearer sk-1"])

                // The name is the model, the model is the provider's; of two keys the limited one is used once.
                try await stage.change(to: "models:\n" + Self.deployment("gpt", server, "auth: [second, first]"))
                #expect(try await stage.answerers(2) == ["gpt"])
                let last = server.requests.elements.suffix(2)
                #expect(last.map { $0.headers["authorization"].first ?? "" } == ["Bearer sk-2", "Bearer sk-1"])
                #expect(try JSONValue.parse(try #require(last.last).body)["model"] == "gpt")
            }
        }
    }

    @Test func whoAnswers() async throws {
        try await withModelServer { server in
            @Sendable func yaml(_ first: String, _ second: String, _ section: String = "") -> String {
                let list = Self.deployment("one", server, "model: gpt, \(first)") + Self.deployment("two", server, "model: gpt, \(second)")
                return section.isEmpty ? "models:\n" + list : "models:\n  \(section)\n  deployments:\n" + list
            }
            try await SettingsStage.run(yaml("weight: 0", "weight: 1")) { stage in
                #expect(try await stage.answerers() == ["two"])
                try await stage.change(to: yaml("weight: 1", "weight: 0"))
                #expect(try await stage.answerers() == ["one"])
                try await stage.change(to: yaml("enabled: no", "weight: 1"))
                #expect(try await stage.answerers() == ["two"])
                try await stage.change(to: yaml("zone: eu", "zone: us", "zone: eu"))
                #expect(try await stage.answerers() == ["one"])
                try await stage.change(to: yaml("zone: eu", "zone: us", "zone: us"))
                #expect(try await stage.answerers() == ["two"])
                let (cheap, dear) = (Self.prices(1e-6), Self.prices(1e-3))
                try await stage.change(to: yaml(cheap, dear, "strategy: cost"))
                #expect(try await stage.answerers() == ["one"])
                try await stage.change(to: yaml(dear, cheap, "strategy: cost"))
                #expect(try await stage.answerers() == ["two"])
                // A task may name the strategy itself.
                try await stage.change(to: yaml(cheap, dear))
                #expect(try await stage.answerers(4, #""model": "gpt", "strategy": "cost""#) == ["one"])
                // One a minute, and then the reserve.
                try await stage.change(to: yaml("limits: {rpm: 1}", "weight: 0"))
                #expect(try await stage.outcome().deployment == "one")
                #expect(try await stage.answerers(3) == ["two"])
            }
        }
    }

    @Test func whereItGoesAfterAFailure() async throws {
        let gate = Gate()
        defer { gate.open() }
        try await withModelServer {
            ModelServer.echo($0).held(by: gate)
        } run: { silent in
            try await withModelServer { sound in
                @Sendable func yaml(_ fields: String) -> String {
                    "models:\n" + Self.deployment("one", silent, "model: gpt, \(fields)") + Self.deployment("two", sound, "model: other")
                }
                try await SettingsStage.run(yaml("timeout: 3s, fallback: other")) { stage in
                    let slow = try await stage.outcome()
                    #expect(slow.attempts.map(\.deployment) == ["one", "two"])
                    #expect(slow.attempts.first?.error?.type == "timeout")

                    try await stage.change(to: yaml("context_window: 100, fallback: {context_length: other}"))
                    let long = try await stage.outcome(prompt: String(repeating: "word ", count: 200))
                    #expect(long.attempts.map(\.deployment) == ["one", "two"])
                    #expect(long.attempts.first?.error?.type == "context_length")
                    #expect(long.attempts.first?.error?.message.contains("context_window") == true)
                    #expect(silent.requests.count == 1, "what surely does not fit is not sent")
                }
            }
        }
    }
}
