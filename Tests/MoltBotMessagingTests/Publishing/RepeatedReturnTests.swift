import AMQP
import Logging
import MoltBotCore
import NIOCore
import PrivateBroker
import TestSupport
import Testing

@testable import MoltBotMessaging

@Suite("A task put back twice", .timeLimit(.minutes(30)))
struct RepeatedReturnTests {
    /// A broker that has stored the task and could not say so has two of it after the second try: one worker each.
    @Test("whoever gets the second copy looks first")
    func repetitionIsMarked() async throws {
        try await TestBroker.withOwnBroker { broker in
            let failures = Recorder<String>()
            let logger = Logger.recording(failures)
            var configuration = try AMQPConfiguration(urls: broker.running.amqpURL)
            configuration.publishTimeout = .seconds(2)
            let client = AMQPClient(configuration: configuration, logger: logger)
            let queue = TaskQueue(name: "moltbot.tasks.default", workspace: .default, lane: nil)
            let task = TaskEnvelope(
                AMQPDelivery(
                    exchange: "moltbot.tasks", routingKey: "default.normal", properties: .init(messageID: "task"),
                    body: ByteBuffer(string: "{}"), isRedelivered: false, deliveryTag: 1), from: queue)
            let copies = try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await client.run() }
                defer { group.cancelAll() }
                try await client.withChannel { channel in
                    try await channel.exchangeDeclare(AMQPExchange(name: "moltbot.delay.00", kind: .topic))
                    try await channel.queueDeclare(AMQPQueue(name: "level"))
                    try await channel.queueBind(queue: "level", exchange: "moltbot.delay.00", routingKey: "#")
                }
                try await broker.broker.pause()
                async let stored: Void = TaskReturns(client, logger: logger).delay(
                    task, for: .seconds(1), attempt: 2, attempts: [], isUnsettled: false)
                _ = try await failures.first("the first try to fail") { $0.hasPrefix("Cannot publish now") }
                try broker.broker.resume()
                try await stored
                return try await client.withChannel { channel in
                    var copies: [AMQPDelivery] = []
                    while let copy = try await channel.get("level") { copies.append(copy) }
                    return copies
                }
            }
            #expect(copies.count >= 2)
            #expect(copies.allSatisfy { $0.properties.messageID == "task" })
            #expect(copies.allSatisfy { $0.properties.headers?["x-moltbot-attempt"]?.integerValue == 2 })
            #expect(copies.first?.properties.headers?["x-moltbot-unsettled"] == nil)
            #expect(copies.dropFirst().allSatisfy { $0.properties.headers?["x-moltbot-unsettled"] == true })
        }
    }
}
