import ModelProviders
import MoltBotCore
import MoltBotWorker
import TestSupport
import Testing

@Suite("Failover", .timeLimit(.minutes(30))) struct FailoverTests {
    @Test("A deployment that fails is followed by another one within the same attempt")
    func otherDeployment() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withModelServer { _ in
                .failure(500, "broken")
            } run: { broken in
                try await withModelServer { sound in
                    let models = ModelConfiguration(deployments: [.at(broken, "first"), .reserve(sound, "second")])
                    try await withPipeline(url: host.url, models: models) { pipeline in
                        try await pipeline.publish(#"{"prompt": "Hello", "model": "gpt"}"#, id: "task")
                        let outcome = try await pipeline.outcome(of: "task")
                        #expect(outcome.status == .completed)
                        #expect(outcome.result == "Hello")
                        #expect(outcome.deployment == "second")
                        #expect(outcome.model == "gpt")
                        #expect(outcome.attempts.map(\.deployment) == ["first", "second"])
                        #expect(outcome.attempts.map(\.number) == [1, 2])
                        #expect(outcome.attempts.map { $0.error?.type } == ["server_error", nil])
                        #expect(outcome.attempts.first?.error?.status == 500)
                        #expect(!pipeline.types(of: "task").contains("task.retrying"))
                    }
                }
            }
        }
    }

    @Test("Failover can be switched off: the attempt fails, and the task is tried again by its own rules")
    func switchedOff() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withModelServer { _ in
                .failure(500, "broken")
            } run: { broken in
                try await withModelServer { sound in
                    var models = ModelConfiguration(deployments: [.at(broken, "first"), .reserve(sound, "second")])
                    models.isFailoverEnabled = false
                    try await withPipeline(url: host.url, models: models) { pipeline in
                        try await pipeline.publish(#"{"prompt": "Hello", "model": "gpt", "max_retries": 0}"#, id: "task")
                        let outcome = try await pipeline.outcome(of: "task")
                        #expect(outcome.status == .failed)
                        #expect(outcome.error?.type == "server_error")
                        #expect(sound.requests.count == 0)
                    }
                }
            }
        }
    }

    @Test("The fallback that a task names answers for a model none of whose deployments does")
    func otherModel() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withModelServer { _ in
                .failure(503, "busy")
            } run: { broken in
                try await withModelServer { sound in
                    let models = ModelConfiguration(deployments: [.at(broken, "only"), .at(sound, "claude-1", model: "claude")])
                    try await withPipeline(url: host.url, models: models) { pipeline in
                        try await pipeline.publish(#"{"prompt": "Hello", "model": "gpt", "fallbacks": ["nobody", "claude"]}"#, id: "task")
                        let outcome = try await pipeline.outcome(of: "task")
                        #expect(outcome.status == .completed)
                        #expect(outcome.model == "claude")
                        #expect(outcome.deployment == "claude-1")
                        #expect(outcome.attempts.map(\.deployment) == ["only", "claude-1"])
                    }
                }
            }
        }
    }
}
