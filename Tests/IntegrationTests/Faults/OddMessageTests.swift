import AMQP
import MoltBotCore
import MoltBotWorker
import NIOCore
import TestSupport
import Testing

/// Messages that the broker takes and that strain what carries them on: headers as large as a frame, text that is no UTF-8.
@Suite(.timeLimit(.minutes(30))) struct OddMessageTests {
    /// With the headers that a worker adds it is more than a frame of 128 KiB holds.
    private static let padding: AMQPTable = ["x-padding": .string(String(repeating: "x", count: 130_900))]

    @Test func malformedTaskWithHeadersOfAWholeFrameBecomesADeadLetter() async throws {
        try await TestBroker.withVirtualHost { host in
            var configuration = WorkerConfiguration()
            configuration.concurrency = 1
            try await withPipeline(url: host.url, configuration: configuration) { pipeline in
                var headers = Self.padding
                headers["x-moltbot-redrives"] = 2
                try await pipeline.publish(#"{"promt": "x"}"#, id: "broken", headers: headers)
                try await pipeline.publish(#"{"prompt": "next"}"#, id: "next")
                #expect(try await pipeline.outcome(of: "broken").error?.type == "invalid_task")
                #expect(try await pipeline.outcome(of: "next").status == .completed)

                let letter = try #require(try await pipeline.take("moltbot.dead"))
                #expect(letter.properties.messageID == "broken")
                #expect(letter.body == ByteBuffer(string: #"{"promt": "x"}"#))
                let kept = try #require(letter.properties.headers)
                #expect(kept["x-padding"] == nil)
                #expect(kept["x-moltbot-redrives"]?.integerValue == 2)
                #expect(kept["x-moltbot-shortened"] == true)
                let reason = try #require(kept["x-moltbot-dead-reason"]?.stringValue)
                #expect(reason.hasPrefix("invalid_task: ") && reason.contains("left out"))
            }
        }
    }

    @Test func taskWithHeadersOfAWholeFrameRunsAfterTheDeathOfAWorker() async throws {
        try await TestBroker.withVirtualHost { host in
            // A worker that takes the task and dies.
            try await withPipeline(url: host.url, workers: 0) { pipeline in
                try await pipeline.publish(#"{"prompt": "Hello"}"#, id: "task", headers: Self.padding)
                let taken = try await pipeline.program.withChannel { try await $0.get("moltbot.tasks.default") }
                #expect(taken?.properties.messageID == "task")
            }
            try await withPipeline(url: host.url) { pipeline in
                let outcome = try await pipeline.outcome(of: "task")
                #expect(outcome.status == .completed)
                #expect(outcome.result == "Hello")
            }
        }
    }

    @Test func taskWithATraceOfAWholeFrameEnds() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withPipeline(url: host.url) { pipeline in
                let headers: AMQPTable = ["tracestate": .string(String(repeating: "x", count: 131_000))]
                try await pipeline.publish(#"{"prompt": "Hello"}"#, id: "task", headers: headers)
                #expect(try await pipeline.outcome(of: "task").status == .completed)
            }
        }
    }

    /// Each of its bytes would be three if it were put right on the way, and all of them no short string any more.
    @Test func binaryCorrelationIDComesBack() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withPipeline(url: host.url) { pipeline in
                let id = String(String.UnicodeScalarView((0x10FF80...0x10FFFF).compactMap { Unicode.Scalar($0 as UInt32) }))
                try await pipeline.publish(#"{"prompt": "Hello"}"#, id: "task", replyTo: pipeline.replyQueue, correlationID: id)
                try await pipeline.publish(#"{"promt": "Hello"}"#, id: "broken", replyTo: pipeline.replyQueue, correlationID: id)
                let replies = try await pipeline.replies.atLeast(2, "replies")
                #expect(replies.map(\.properties.correlationID) == [id, id])
                #expect(try await pipeline.take("moltbot.dead")?.properties.correlationID == id)
            }
        }
    }
}
