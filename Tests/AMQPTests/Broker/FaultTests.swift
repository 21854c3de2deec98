import NIOCore
import PrivateBroker
import Synchronization
import TestSupport
import Testing

@testable import AMQP

@Suite("Faults of a real broker", .timeLimit(.minutes(30)))
struct FaultTests {
    @Test("a killed broker: nothing confirmed is lost, the consumer goes on, publishers need not know")
    func killed() async throws {
        try await TestBroker.withOwnBroker { broker in
            let configuration = try AMQPConfiguration.testing(broker.running.amqpURL)
            let declare: @Sendable (AMQPConnection) async throws -> Void = { connection in
                try await connection.withChannel { _ = try await $0.queueDeclare(AMQPQueue(name: "q")) }
            }
            try await withClient(configuration, setup: declare) { publisher in
                try await withClient(configuration, setup: declare) { reader in
                    let consumed = Recorder<String>()
                    let confirmed = Recorder<String>()
                    let consumer = Task {
                        try await reader.consume(AMQPSubscription(queue: "q", prefetch: 50)) { delivery in
                            consumed.record(delivery.text)
                            return .ack
                        }
                    }
                    let publishers = Task {
                        try await withThrowingTaskGroup(of: Void.self) { group in
                            for worker in 0..<20 {
                                group.addTask {
                                    for index in 0..<100 { try await Self.publishUntilStored("\(worker)-\(index)", publisher, confirmed) }
                                }
                            }
                            try await group.waitForAll()
                        }
                    }
                    // When the test fails, its client stops, and each publish fails at once.
                    defer { publishers.cancel() }
                    try await confirmed.atLeast(300, "confirms")
                    try await broker.broker.kill()
                    _ = try await broker.broker.start()
                    try await publishers.value
                    for text in confirmed.elements {
                        _ = try await consumed.first("message \(text)", within: .seconds(20)) { $0 == text }
                    }
                    #expect(Set(consumed.elements).count == 2_000)
                    #expect(publisher.status.connectionCount == 2)
                    consumer.cancel()
                    _ = await consumer.result
                }
            }
        }
    }

    private static func publishUntilStored(_ text: String, _ client: AMQPClient, _ confirmed: Recorder<String>) async throws {
        while true {
            do throws(AMQPError) {
                try await client.publish(.to("q", text))
                return confirmed.record(text)
            } catch {
                // The message may be stored: the same id again is what an honest publisher does.
                guard error.isRetriable, !Task.isCancelled else { throw error }
            }
        }
    }

    @Test("a frozen broker is noticed within two heartbeats, and found again when it thaws")
    func frozen() async throws {
        try await TestBroker.withOwnBroker { broker in
            let connections = Recorder<AMQPConnection>()
            let configuration = try AMQPConfiguration.testing(broker.running.amqpURL) { endpoint in
                endpoint.heartbeat = 3
                endpoint.connectionTimeout = .seconds(1)
            }
            try await withClient(configuration) { connection in
                connections.record(connection)
                try await connection.withChannel { try await $0.queueDeclare(AMQPQueue(name: "q")) }
            } _: { client in
                try await client.publish(.to("q", "before"))
                let connection = try #require(connections.elements.first)
                try await broker.broker.pause()
                let frozen = ContinuousClock.now
                let reason = await connection.waitUntilClosed()
                let silence = frozen.duration(to: .now)
                try broker.broker.resume()
                #expect(reason == .expected(.connectionLost))
                // Six seconds by the rule; the rest is for a busy machine.
                #expect(silence < .seconds(60))
                try await client.publish(.to("q", "after"))
                // More when the broker takes its time to thaw.
                #expect(client.status.connectionCount >= 2)
                #expect(try await client.withChannel { try await $0.queuePurge("q") } == 2)
            }
        }
    }

    @Test("an alarm holds publishers back, shows in the status and ends")
    func alarm() async throws {
        try await TestBroker.withOwnBroker { broker in
            let patient = try AMQPConfiguration.testing(broker.running.amqpURL)
            var configuration = patient
            configuration.publishTimeout = .seconds(4)
            let lines = Recorder<String>()
            try await withClient(configuration, logger: .recording(lines)) { client in
                try await client.withChannel { try await $0.queueDeclare(AMQPQueue(name: "q")) }
                _ = try await broker.broker.control(["set_vm_memory_high_watermark", "absolute", "1MB"])
                // The broker tells a connection of its alarm when it publishes, and takes that message when the alarm is over.
                let first = try await errorOf { try await client.publish(.to("q", "1")) }
                #expect(first == .expected(.outcomeUnknown))
                _ = try await lines.first("the alarm") { $0.contains("takes no messages") }
                #expect(client.status.blockedReason?.contains("memory") == true)
                #expect(client.status.isConnected)
                #expect(try await errorOf { try await client.publish(.to("q", "2")) } == .expected(.blocked))
                _ = try await broker.broker.control(["set_vm_memory_high_watermark", "0.4"])
                _ = try await lines.first("the end of the alarm") { $0.contains("takes messages again") }
                #expect(client.status.blockedReason == nil)
                // By somebody who gives a busy machine time to confirm it.
                try await withClient(patient) { try await $0.publish(.to("q", "3")) }
                #expect(try await client.withChannel { try await $0.queuePurge("q") } == 2)
                #expect(client.status.connectionCount == 1)
            }
        }
    }

    @Test("a handler slower than the broker's consumer timeout ends its consumer with 406")
    func consumerTimeout() async throws {
        try await TestBroker.withOwnBroker { broker in
            // The broker looks at its channels once a minute; no configuration file can say otherwise.
            let hurry = "[application:set_env(rabbit, K, 1000) || K <- [channel_tick_interval, consumer_timeout]]."
            _ = try await broker.broker.control(["eval", hurry])
            try await withClient(.testing(broker.running.amqpURL)) { client in
                try await client.withChannel { try await $0.queueDeclare(AMQPQueue(name: "q")) }
                try await client.publish(.to("q", "slow"))
                let started = Gate()
                let ended = Gate()
                let consumer = Task {
                    try await client.consume(AMQPSubscription(queue: "q", prefetch: 1)) { _ in
                        started.open()
                        _ = try? await ended.wait()
                        return .ack
                    }
                }
                try await started.wait()
                try await Self.untilReady("q", client)
                ended.open()
                #expect(try await errorOf { try await consumer.value } == .expected(.channelClosed, 406))
                #expect(try await client.withChannel { try await $0.queuePurge("q") } == 1)
            }
        }
    }

    /// The broker has taken the message back when another consumer gets it.
    private static func untilReady(_ queue: String, _ client: AMQPClient) async throws {
        let back = Gate()
        let second = Task {
            try await client.consume(AMQPSubscription(queue: queue, prefetch: 1)) { _ in
                back.open()
                return .requeue
            }
        }
        try await back.wait()
        second.cancel()
        _ = await second.result
    }

    @Test("the second URL is used while the first broker is away")
    func failover() async throws {
        let broker = try await TestBroker.shared
        let urls = "amqp://127.0.0.1:1,\(broker.running.amqpURL)"
        try await withClient(.testing(urls)) { client in
            try await client.withChannel { _ = try await $0.queueDeclare(AMQPQueue(name: "", isExclusive: true)) }
            #expect(client.status.endpoint == "amqp://127.0.0.1:\(broker.running.amqpPort)")
        }
    }
}
