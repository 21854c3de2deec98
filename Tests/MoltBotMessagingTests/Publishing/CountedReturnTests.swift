import AMQP
import Logging
import MoltBotCore
import NIOCore
import TestSupport
import Testing

@testable import MoltBotMessaging

@Suite("A task that a worker may have died on", .timeLimit(.minutes(30)))
struct CountedReturnTests {
    /// Its worker may be cut off from the broker only, and its outcome may come while the copy waits for its turn.
    @Test("is looked for before its copy runs")
    func copyIsMarked() async throws {
        try await TestBroker.withVirtualHost { host in
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let client = AMQPClient(configuration: try AMQPConfiguration(urls: host.url), logger: logger)
            let queue = TaskQueue(name: "moltbot.tasks.default", workspace: .default, lane: nil)
            let task = TaskEnvelope(
                AMQPDelivery(
                    exchange: "moltbot.tasks", routingKey: "default.normal", properties: .init(messageID: "task"),
                    body: ByteBuffer(string: "{}"), isRedelivered: true, deliveryTag: 1), from: queue)
            let copy = try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await client.run() }
                defer { group.cancelAll() }
                try await client.withChannel { _ = try await $0.queueDeclare(AMQPQueue(name: queue.name)) }
                #expect(try await TaskReturns(client, logger: logger).count(task))
                return try await client.withChannel { try await $0.get(queue.name) }
            }
            #expect(copy?.properties.headers?["x-moltbot-deliveries"]?.integerValue == 1)
            #expect(copy.map { TaskEnvelope($0, from: queue).run.isRedelivered } == true)
        }
    }
}
