import AMQP
import Foundation
import MoltBotCore
import NIOCore
import TestSupport
import Testing

/// A server that nobody here wrote, llama.cpp's, with a tiny model of random weights, behind a real worker.
@Suite("A foreign model server", .timeLimit(.minutes(30)))
struct ForeignServerTests {
    @Test func answersATaskThroughAWorker() async throws {
        let python = try await PythonEnvironment.interpreter(with: .llamaServer)
        let script = BuildProducts.repository + "/Tests/ModelProvidersTests/ForeignServer/llama_server.py"
        try await withChildProcess(python, [script, try await TestRun.makeDirectory("llama")]) { server in
            let line = try await server.output.first("the server to listen", within: .seconds(60)) { $0.hasPrefix("listening ") }
            let yaml = """
                models:
                  - name: llama
                    model: tiny
                    provider: openai-compatible
                    endpoint: \(line.dropFirst("listening ".count))
                    prices: {input_cost_per_token: 1e-6, output_cost_per_token: 2e-6}
                """
            try await withModelTerminal(files: ["config/gateway.yaml": yaml]) { terminal in
                try await terminal.withWorker { _ in
                    try await withSpectator(url: terminal.url) { spectator in
                        try await Self.tasks(spectator)
                    }
                }
            }
        }
    }

    private static func tasks(_ spectator: Spectator) async throws {
        let parameters = #""parameters": {"max_tokens": 8, "temperature": 0, "seed": 1}"#
        try await spectator.publish(#"{"prompt": "Hi", "model": "tiny", \#(parameters)}"#, id: "whole")
        try await spectator.publish(
            #"{"prompt": "Hi", "model": "tiny", "stream": true, \#(parameters)}"#, id: "streamed", replyTo: spectator.replyQueue)
        try await spectator.publish(#"{"input": ["one", "two"], "model": "tiny"}"#, id: "vectors")

        let result = try await spectator.results.first("the result on the result queue") { $0.properties.correlationID == "whole" }
        let outcome = try #require(try TaskEvent.decode(Array(result.body.readableBytesView)).outcome)
        #expect(outcome.status == .completed)
        #expect(outcome.result?.isEmpty == false)
        #expect(outcome.deployment == "llama")
        #expect(outcome.finishReason == "length")
        let usage = try #require(outcome.usage)
        #expect(usage.outputTokens == 8 && usage.inputTokens > 10)
        let cost = try #require(outcome.cost)
        #expect(abs(cost - Double(usage.inputTokens) * 1e-6 - 8 * 2e-6) < 1e-12)

        let streamed = try await spectator.outcome(of: "streamed")
        #expect(streamed.result == outcome.result, "the same seed, the same nonsense")
        _ = try await spectator.replies.first("a piece") { $0.properties.type == "task.progress" }
        let vectors = try await spectator.outcome(of: "vectors")
        #expect(vectors.status == .completed, "\(vectors)")
    }
}
