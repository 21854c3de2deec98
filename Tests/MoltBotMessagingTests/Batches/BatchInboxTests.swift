import AMQP
import Logging
import MoltBotCore
import NIOCore
import ServiceLifecycle
import TestSupport
import Testing

@testable import MoltBotMessaging

@Suite("The inbox of batches", .timeLimit(.minutes(30)))
struct BatchInboxTests {
    private struct Work: Service {
        let body: @Sendable () async -> Void
        func run() async { await body() }
    }

    @Test("has a batch worked on once after its connection was lost: who had it before lets go of it")
    func lostConnection() async throws {
        try await TestBroker.withVirtualHost { host in
            try await RegistryHost.applyTopology(url: host.url)
            try await RegistryHost.session(url: host.url) { session in
                let batch = TaskBatch(id: UUIDText.version7(), workspace: .default, total: 1, concurrency: 1)
                try await BatchQueues(client: session.publishing).declare(batch)
                try await session.publishing.publish(
                    AMQPMessage(exchange: "", routingKey: BatchQueues.queue(of: batch), body: ByteBuffer(string: "{}")))
                try await session.publishing.publish(batch.message(to: .inbox))
                let taken = Recorder<BatchQueue>()
                let mayEnd = Gate()
                let work = Work {
                    await BatchInbox(session).run { _, notes, queue in
                        taken.record(queue)
                        try? await mayEnd.wait()
                        return queue.isTakenBack ? .later(notes) : .done
                    }
                }
                let services = ServiceGroup(
                    configuration: .init(
                        services: [.init(service: work, successTerminationBehavior: .gracefullyShutdownGroup)],
                        logger: TopologyHost.logger))
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await services.run() }
                    try await taken.atLeast(1, "the batch")
                    #expect(try await host.breakConnection(named: "moltbot-test-consume"))
                    let queues = try await taken.atLeast(2, "the batch")
                    #expect(queues.map(\.isTakenBack) == [true, false])
                    #expect(try await queues[0].release(1) == 0)
                    mayEnd.open()
                    await services.triggerGracefulShutdown()
                    // Both have said what becomes of it by then.
                    try await group.waitForAll()
                }
                #expect(taken.count == 2)
                let left = try await session.consuming.withChannel { channel in
                    try await channel.queueDeclare(AMQPQueue(name: BrokerNames.Queue.batches), passive: true).messageCount
                }
                #expect(left == 0)
            }
        }
    }
}
