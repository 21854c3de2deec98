import ModelProviders
import MoltBotCore
import MoltBotWorker
import NIOHTTP1
import TestSupport
import Testing

@Suite("Credentials", .timeLimit(.minutes(30))) struct CredentialTests {
    private func script(_ refusals: [String: ModelResponse]) -> ModelServer.Script {
        { request in refusals.first { request.headers["authorization"].first == "Bearer \($0.key)" }?.value ?? ModelServer.echo(request) }
    }

    @Test(
        "A limited, refused or empty key is followed by the next one at once, and is left alone afterwards",
        arguments: [(429, "rate_limited"), (401, "auth"), (403, "auth"), (402, "quota_exhausted")])
    func rotation(_ status: Int, _ type: String) async throws {
        let refusal = ModelResponse.failure(status, "not you", headers: status == 429 ? ["retry-after": "60"] : [:])
        try await TestBroker.withVirtualHost { host in
            try await withModelServer(script(["key-a": refusal])) { server in
                let models = ModelConfiguration(deployments: [.at(server, "only", keys: ["key-a", "key-b"])])
                try await withPipeline(url: host.url, models: models) { pipeline in
                    try await pipeline.publish(#"{"prompt": "Hello", "model": "gpt"}"#, id: "task-0")
                    let outcome = try await pipeline.outcome(of: "task-0")
                    #expect(outcome.status == .completed)
                    #expect(outcome.attempts.map { $0.error?.type } == [type, nil])
                    for number in 1...5 {
                        try await pipeline.publish(#"{"prompt": "Hello", "model": "gpt"}"#, id: "task-\(number)")
                        let outcome = try await pipeline.outcome(of: "task-\(number)")
                        #expect(outcome.attempts.map { $0.error?.type } == [nil])
                    }
                    let keys = server.requests.elements.map { $0.headers["authorization"].first ?? "" }
                    #expect(keys == ["Bearer key-a"] + Array(repeating: "Bearer key-b", count: 6))
                }
            }
        }
    }

    @Test("The pause before another deployment is none before another key")
    func noPauseBetweenKeys() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withModelServer(script(["key-a": .failure(429, "not you")])) { server in
                var models = ModelConfiguration(deployments: [.at(server, "only", keys: ["key-a", "key-b"])])
                models.failoverInterval = .seconds(3600)
                try await withPipeline(url: host.url, models: models) { pipeline in
                    try await pipeline.publish(#"{"prompt": "Hello", "model": "gpt"}"#, id: "task")
                    #expect(try await pipeline.outcome(of: "task").attempts.map { $0.error?.type } == ["rate_limited", nil])
                }
            }
        }
    }

    @Test("A broken server is not asked again with another key: that reaches the same machines")
    func serverError() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withModelServer { _ in
                .failure(500, "broken")
            } run: { server in
                let models = ModelConfiguration(deployments: [.at(server, "only", keys: ["key-a", "key-b"])])
                try await withPipeline(url: host.url, models: models) { pipeline in
                    try await pipeline.publish(#"{"prompt": "Hello", "model": "gpt", "max_retries": 0}"#, id: "task")
                    let outcome = try await pipeline.outcome(of: "task")
                    #expect(outcome.error?.type == "server_error")
                    #expect(server.requests.count == 1)
                }
            }
        }
    }

    @Test("Without a usable key a task fails at once, and says which key and why")
    func missingKey() async throws {
        var deployment = Deployment(name: "only", model: "gpt", provider: .openAICompatible, baseURL: "http://127.0.0.1:1/v1")
        deployment.credentials = [DeploymentCredential(name: "main", kind: .apiKey(.environment("MY_KEY")))]
        let models = ModelConfiguration(deployments: [deployment])
        try await TestBroker.withVirtualHost { host in
            try await withPipeline(url: host.url, models: models) { pipeline in
                for number in 1...3 {
                    try await pipeline.publish(#"{"prompt": "Hello", "model": "gpt"}"#, id: "task-\(number)")
                    let outcome = try await pipeline.outcome(of: "task-\(number)")
                    #expect(outcome.error?.type == "auth")
                    #expect(outcome.error?.message.contains("MY_KEY") == true)
                }
            }
        }
    }
}
