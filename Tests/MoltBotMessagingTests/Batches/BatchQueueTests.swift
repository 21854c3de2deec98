import AMQP
import Logging
import MoltBotCore
import NIOCore
import TestSupport
import Testing

@testable import MoltBotMessaging

@Suite("The queue of a batch", .timeLimit(.minutes(30)))
struct BatchQueueTests {
    /// Three tasks that wait.
    private func withQueue(_ body: @escaping @Sendable (BatchQueue, String, QuorumQueue, BrokerSession) async throws -> Void) async throws {
        try await TestBroker.withVirtualHost { host in
            let session = BrokerSession(
                configuration: try AMQPConfiguration(urls: host.url), role: "test",
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            try await session.withConnections {
                let batch = TaskBatch(id: UUIDText.version7(), workspace: .default, total: 3, concurrency: 1)
                let name = BatchQueues.queue(of: batch)
                try await BatchQueues(client: session.publishing).declare(batch)
                for number in 1...3 {
                    try await session.publishing.publish(
                        AMQPMessage(exchange: "", routingKey: name, body: ByteBuffer(string: "\(number)")))
                }
                try await body(BatchQueue(session, batch), name, QuorumQueue(name, in: host), session)
            }
        }
    }

    @Test("does not count as empty when its process takes its time")
    func slowProcess() async throws {
        try await withQueue { queue, _, process, _ in
            // The broker declares 0 messages after 250 ms.
            try await process.suspend(forMilliseconds: 3000)
            let count = try #require(try await queue.count())
            #expect(count > 0)
            try await eventually("all are counted again") { try await queue.count() == 3 }
        }
    }

    @Test("counts what can be taken, and says when it is gone")
    func counting() async throws {
        try await withQueue { queue, name, _, session in
            // The broker declares fewer when it is busy.
            try await eventually("all are counted") { try await queue.count() == 3 }
            try await session.consuming.withChannel { _ = try await $0.queuePurge(name) }
            #expect(try await queue.count() == 0)
            try await queue.remove()
            #expect(try await queue.count() == nil)
            // A node that died before it could say so has done it already.
            try await queue.remove()
        }
    }

    @Test("is kept from expiring by its use, and loses nothing")
    func use() async throws {
        try await withQueue { queue, name, process, session in
            let before = try await process.lastUse()
            // To count is no use, unless a busy broker makes it one.
            let count = try await queue.count()
            if count == 3 { #expect(try await process.lastUse() == before) }
            try await queue.use()
            #expect(try await process.lastUse() > before)
            try await eventually("all are counted again") { try await queue.count() == 3 }
            let bodies = try await session.consuming.withChannel { channel in
                var bodies: [String] = []
                while let delivery = try await channel.get(name) { bodies.append(String(buffer: delivery.body)) }
                return bodies
            }
            #expect(bodies.sorted() == ["1", "2", "3"], "\(bodies)")
        }
    }
}
