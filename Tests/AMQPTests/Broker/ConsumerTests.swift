import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import AMQP

@Suite("Consumers of a real broker", .timeLimit(.minutes(30)))
struct ConsumerTests {
    @Test("the handler's verdict is the message's fate")
    func dispositions() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withClient(.testing(host.url)) { client in
                try await client.withChannel { channel in
                    try await channel.queueDeclare(AMQPQueue(name: "dead"))
                    let arguments: AMQPTable = ["x-dead-letter-exchange": "", "x-dead-letter-routing-key": "dead"]
                    try await channel.queueDeclare(AMQPQueue(name: "q", arguments: arguments))
                }
                for text in ["ack", "requeue", "dead"] { try await client.publish(.to("q", text)) }
                let seen = Recorder<String>()
                let consumer = Task {
                    try await client.consume(AMQPSubscription(queue: "q", prefetch: 5)) { delivery in
                        seen.record(delivery.text + (delivery.isRedelivered ? " again" : ""))
                        return switch delivery.text {
                        case "dead": .deadLetter
                        case "requeue" where !delivery.isRedelivered: .requeue
                        default: .ack
                        }
                    }
                }
                try await client.withChannel { channel in
                    let dead = Recorder<String>()
                    let reader = Task {
                        try await client.consume(AMQPSubscription(queue: "dead", prefetch: 1)) { delivery in
                            dead.record(delivery.text)
                            return .ack
                        }
                    }
                    try await dead.atLeast(1, "a dead letter")
                    reader.cancel()
                    _ = await reader.result
                }
                try await seen.atLeast(4, "deliveries")
                #expect(Set(seen.elements) == ["ack", "requeue", "requeue again", "dead"])
                consumer.cancel()
                #expect(try await errorOf { try await consumer.value } == .expected(.cancelled))
            }
        }
    }

    @Test("never more handlers than the prefetch")
    func prefetch() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withClient(.testing(host.url)) { client in
                try await client.withChannel { try await $0.queueDeclare(AMQPQueue(name: "q")) }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for index in 0..<100 { group.addTask { try await client.publish(.to("q", "\(index)")) } }
                    try await group.waitForAll()
                }
                let running = Mutex((now: 0, most: 0))
                let done = Recorder<String>()
                let consumer = Task {
                    try await client.consume(AMQPSubscription(queue: "q", prefetch: 7)) { delivery in
                        running.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
                        await Task.yield()
                        running.withLock { $0.now -= 1 }
                        done.record(delivery.text)
                        return .ack
                    }
                }
                try await done.atLeast(100, "handled messages")
                #expect(Set(done.elements).count == 100)
                #expect(running.withLock { $0.most } <= 7)
                consumer.cancel()
                _ = await consumer.result
            }
        }
    }

    @Test("a missing queue, one in exclusive use and one deleted underneath end that consumer with the reason")
    func errors() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withClient(.testing(host.url)) { client in
                try await client.withChannel { try await $0.queueDeclare(AMQPQueue(name: "q")) }
                let missing = try await errorOf { try await client.consume(AMQPSubscription(queue: "none", prefetch: 1)) { _ in .ack } }
                #expect(missing == .expected(.channelClosed, 404))
                let started = Recorder<Void>()
                let exclusive = Task {
                    try await client.consume(AMQPSubscription(queue: "q", prefetch: 1, isExclusive: true)) { _ in
                        started.record(())
                        return .ack
                    }
                }
                try await client.publish(.to("q", "x"))
                try await started.atLeast(1, "delivery")
                let second = try await errorOf { try await client.consume(AMQPSubscription(queue: "q", prefetch: 1)) { _ in .ack } }
                #expect(second == .expected(.channelClosed, 403))
                try await client.withChannel { try await $0.queueDelete("q") }
                #expect(try await errorOf { try await exclusive.value } == .expected(.consumerCancelled))
                #expect(client.status.isConnected)
            }
        }
    }

    @Test("a recovered consumer goes on while handlers of the lost one run, and ends with what its recovery throws")
    func recovery() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withClient(.testing(host.url)) { client in
                try await client.withChannel { try await $0.queueDeclare(AMQPQueue(name: "q")) }
                let gate = Gate()
                let declared = Gate()
                let lost = Recorder<AMQPError>()
                let started = Recorder<String>()
                let done = Recorder<String>()
                let consumer = Task {
                    try await client.consume(AMQPSubscription(queue: "q", prefetch: 1)) { (error) throws(AMQPError) in
                        lost.record(error)
                        guard lost.count == 1 else { throw error }
                        // A failure shows as a missing queue.
                        _ = try? await client.withChannel { try await $0.queueDeclare(AMQPQueue(name: "q")) }
                        declared.open()
                    } handler: { delivery in
                        started.record(delivery.text)
                        if delivery.text == "slow" { _ = try? await gate.wait() }
                        done.record(delivery.text)
                        return .ack
                    }
                }
                try await client.publish(.to("q", "slow"))
                try await started.atLeast(1, "handler")
                try await client.withChannel { try await $0.queueDelete("q") }
                try await declared.wait()
                try await client.publish(.to("q", "quick"))
                try await done.atLeast(1, "handled message")
                #expect(done.elements == ["quick"])
                try await client.withChannel { try await $0.queueDelete("q") }
                try await lost.atLeast(2, "lost consumers")
                gate.open()
                #expect(try await errorOf { try await consumer.value } == .expected(.consumerCancelled))
                #expect(done.elements == ["quick", "slow"])
            }
        }
    }

    @Test("messages that RabbitMQ takes and librabbitmq cannot read hold up neither their consumer nor the messages behind them")
    func oddProperties() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withClient(.testing(host.url)) { client in
                try await client.withChannel { try await $0.queueDeclare(AMQPQueue(name: "q")) }
                let nested = Frames.hiddenNesting(25_500)
                try await RawPublisher(url: host.url).publish([Frames.unusedFlag, nested], to: "q")
                try await client.publish(.to("q", "last"))
                let seen = Recorder<AMQPDelivery>()
                let consumer = Task {
                    try await client.consume(AMQPSubscription(queue: "q", prefetch: 1)) { delivery in
                        seen.record(delivery)
                        return .ack
                    }
                }
                let deliveries = try await seen.atLeast(3, "deliveries")
                #expect(deliveries.map(\.properties.contentType) == ["ab", "b\n", nil])
                #expect(deliveries.last?.text == "last")
                #expect(deliveries.allSatisfy { !$0.isRedelivered })
                consumer.cancel()
                _ = await consumer.result
            }
        }
    }

    @Test("a graceful stop waits for its handlers, and their verdicts reach the broker")
    func gracefulStop() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withClient(.testing(host.url)) { client in
                try await client.withChannel { try await $0.queueDeclare(AMQPQueue(name: "q")) }
                for index in 0..<20 { try await client.publish(.to("q", "\(index)")) }
                let started = Recorder<Void>()
                let gate = Gate()
                try await GracefulShutdownTrigger().run(after: { try await started.atLeast(5, "handlers") }) {
                    try await client.consume(AMQPSubscription(queue: "q", prefetch: 5)) { _ in
                        started.record(())
                        _ = try? await gate.wait()
                        return .ack
                    }
                } afterTrigger: {
                    gate.open()
                }
                try await withConnection(host.url) { connection in
                    try await connection.withChannel { channel in
                        // The channel of the consumer closes after its verdicts; what it had beyond them is ready again.
                        let rest = try await channel.queuePurge("q")
                        #expect(rest == 20 - started.count)
                    }
                }
            }
        }
    }

    @Test("a channel goes on after the reader of one of its consumers was cancelled", arguments: ["classic", "quorum", "stream"])
    func callsAfterCancelledReader(_ type: String) async throws {
        try await TestBroker.withVirtualHost { host in
            try await withConnection(host.url) { connection in
                try await connection.withChannel { channel in
                    try await channel.queueDeclare(AMQPQueue(name: "q", arguments: ["x-queue-type": .string(type)]))
                    // What the broker answers first is a race in it: each round is one more chance.
                    for _ in 0..<20 {
                        let deliveries = try await channel.deliveries(of: AMQPSubscription(queue: "q", prefetch: 1))
                        let reader = Task { for try await _ in deliveries {} }
                        reader.cancel()
                        _ = await reader.result
                        #expect(try await channel.queueDeclare(AMQPQueue(name: "q"), passive: true).messageCount == 0)
                    }
                }
                #expect(!connection.isClosed)
            }
        }
    }

    @Test("a stream sends more than the prefetch at once: nothing is lost, all is in order, and an offset goes on where it was")
    func streams() async throws {
        try await TestBroker.withVirtualHost { host in
            try await withClient(.testing(host.url)) { client in
                try await client.withChannel { try await $0.queueDeclare(AMQPQueue(name: "s", arguments: ["x-queue-type": "stream"])) }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for index in 0..<2_000 { group.addTask { try await client.publish(.to("s", "\(index)")) } }
                    try await group.waitForAll()
                }
                func offsets(from start: AMQPValue, count: Int) async throws -> [Int64] {
                    let offsets = Recorder<Int64>()
                    let consumer = Task {
                        try await client.consume(AMQPSubscription(queue: "s", prefetch: 1, arguments: { ["x-stream-offset": start] })) {
                            offsets.record($0.properties.headers?["x-stream-offset"]?.integerValue ?? -1)
                            return .ack
                        }
                    }
                    try await offsets.atLeast(count, "stream messages")
                    consumer.cancel()
                    _ = await consumer.result
                    return offsets.elements
                }
                #expect(try await offsets(from: "first", count: 2_000) == Array(0..<2_000))
                #expect(try await offsets(from: .int64(1_500), count: 500) == Array(1_500..<2_000))
            }
        }
    }
}
