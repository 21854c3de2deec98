import MoltBotCore
import MoltBotWorker
import NIOHTTP1
import TestSupport
import Testing

/// Servers that go on sending and never come to an end: no pause between two bytes is long enough to be noticed.
@Suite("Upstreams that trickle", .timeLimit(.minutes(30))) struct SlowUpstreamTests {
    /// Long enough for the request to leave on a busy machine.
    private static let limit = Duration.seconds(3)

    /// A byte now and then for much longer than any test takes.
    private static func trickle(_ text: String, of type: String) -> ModelResponse {
        ModelResponse(
            headers: ["content-type": type],
            chunks: Array(repeating: ModelResponse.Chunk(text, after: .milliseconds(20)), count: 10_000))
    }

    @Test("The deployment's timeout ends the call, another one answers, and the slow one is left alone", arguments: [false, true])
    func failsOver(_ isStreamed: Bool) async throws {
        let response = isStreamed ? Self.trickle(": still here\n\n", of: "text/event-stream") : Self.trickle(" ", of: "application/json")
        try await TestBroker.withVirtualHost { host in
            try await withModelServer { _ in
                response
            } run: { slow in
                try await withModelServer { sound in
                    var first = Deployment.at(slow, "first")
                    first.timeout = Self.limit
                    var models = ModelConfiguration(deployments: [first, .reserve(sound, "second")])
                    models.health.deployment.consecutiveFailures = 2
                    models.health.deployment.firstOpenTime = .seconds(600)
                    try await withPipeline(url: host.url, models: models) { pipeline in
                        for number in 0..<4 {
                            try await pipeline.publish(
                                #"{"prompt": "Hello", "model": "gpt", "stream": \#(isStreamed)}"#, id: "task-\(number)",
                                replyTo: pipeline.replyQueue)
                            let outcome = try await pipeline.outcome(of: "task-\(number)")
                            #expect(outcome.result == "Hello")
                            #expect(outcome.attempts.map(\.deployment) == (number < 2 ? ["first", "second"] : ["second"]))
                            if number < 2 {
                                #expect(outcome.attempts.first?.error?.type == "timeout")
                                #expect((outcome.attempts.first?.duration ?? .zero) >= Self.limit)
                            }
                        }
                        try await slow.abandoned.atLeast(2, "connections that the worker closed")
                    }
                }
            }
        }
    }

    @Test("A task's own timeout ends an answer that comes piece by piece, and never all of it")
    func endlessAnswer() async throws {
        let piece = #"data: {"choices":[{"index":0,"delta":{"content":"word "}}]}"# + "\n\n"
        try await TestBroker.withVirtualHost { host in
            try await withModelServer { _ in
                Self.trickle(piece, of: "text/event-stream")
            } run: { slow in
                try await withPipeline(url: host.url, models: ModelConfiguration(deployments: [.at(slow, "only")])) { pipeline in
                    try await pipeline.publish(
                        #"{"prompt": "Hello", "model": "gpt", "stream": true, "timeout": 3, "max_retries": 0}"#, id: "task",
                        replyTo: pipeline.replyQueue)
                    let outcome = try await pipeline.outcome(of: "task")
                    #expect(outcome.status == .failed)
                    #expect(outcome.error?.type == "timeout")
                    #expect(outcome.result == nil)
                    try await slow.abandoned.atLeast(1, "connection that the worker closed")
                }
            }
        }
    }
}
