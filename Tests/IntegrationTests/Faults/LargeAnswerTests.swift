import MoltBotCore
import PrivateBroker
import TestSupport
import Testing

@Suite("An answer that the broker finds too large", .timeLimit(.minutes(30)))
struct LargeAnswerTests {
    @Test("is paid for once, and the task fails with the reason")
    func paidOnce() async throws {
        var options = PrivateBroker.Options()
        options.extraConfiguration = ["max_message_size = 65536"]
        try await TestBroker.withOwnBroker(options: options) { broker in
            try await withModelServer { request in
                request.number == 1
                    ? .json(#"{"choices": [{"message": {"content": "\#(String(repeating: "long ", count: 20_000))"}}]}"#)
                    : ModelServer.echo(request)
            } run: { server in
                try await withPipeline(url: broker.running.amqpURL, model: server.baseURL) { pipeline in
                    try await pipeline.publish(#"{"prompt": "Tell me all", "model": "m"}"#, id: "large", replyTo: pipeline.replyQueue)
                    let outcome = try await pipeline.outcome(of: "large")
                    #expect(outcome.status == .failed)
                    #expect(outcome.error?.type == "answer_too_large")
                    #expect(outcome.result == nil)
                    try await pipeline.replies.atLeast(1, "the reply")
                    try await pipeline.publish(#"{"prompt": "Next", "model": "m"}"#, id: "next")
                    #expect(try await pipeline.outcome(of: "next").status == .completed)
                    #expect(server.requests.count == 2)
                }
            }
        }
    }
}
