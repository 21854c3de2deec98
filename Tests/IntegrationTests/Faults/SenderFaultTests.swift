import AMQP
import MoltBotCore
import MoltBotWorker
import NIOCore
import TestSupport
import Testing

/// What one sender does must not touch the tasks of others.
@Suite(.timeLimit(.minutes(30))) struct SenderFaultTests {
    @Test func fullReplyQueueHoldsUpNobody() async throws {
        try await TestBroker.withVirtualHost { host in
            var configuration = WorkerConfiguration()
            configuration.concurrency = 1
            try await withPipeline(url: host.url, configuration: configuration) { pipeline in
                try await pipeline.program.withChannel { channel in
                    _ = try await channel.queueDeclare(
                        AMQPQueue(name: "full", arguments: ["x-max-length": 0, "x-overflow": "reject-publish"]))
                }
                try await pipeline.publish(#"{"prompt": "unheard"}"#, id: "unheard", replyTo: "full")
                try await pipeline.publish(#"{"prompt": "next"}"#, id: "next")
                #expect(try await pipeline.outcome(of: "unheard").status == .completed)
                #expect(try await pipeline.outcome(of: "next").status == .completed)
            }
        }
    }

    @Test func timestampInNanosecondsIsNoMoreThanAWrongTime() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withPipeline(url: host.url) { pipeline in
                try await pipeline.program.publish(
                    AMQPMessage(
                        exchange: "moltbot.tasks", routingKey: "default.normal",
                        properties: AMQPProperties(messageID: "odd", timestamp: 1_790_000_000_000_000_000),
                        body: ByteBuffer(string: #"{"prompt": "When?"}"#)))
                #expect(try await pipeline.outcome(of: "odd").result == "When?")
            }
        }
    }
}
