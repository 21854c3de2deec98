import AMQP
import MoltBotCore
import NIOCore
import TestSupport
import Testing

@testable import MoltBotMessaging

@Suite("The delay ladder on a broker")
struct DelayBrokerTests {
    private struct Arrival: Sendable {
        let id: String
        let priority: UInt8?
        let routingKey: String
        let time: ContinuousClock.Instant
    }

    @Test(
        "Tasks come out once, on time, with their priority",
        arguments: [("moltbot.yaml", "moltbot.tasks.default"), ("ha.yaml", "moltbot.tasks.default.high")])
    func delays(file: String, queue: String) async throws {
        let topology = try Repository.topology(file)
        let delays: [Int64] = [1, 3, 5]
        try await TopologyHost.run { host in
            try await host.apply(topology)
            let arrivals = Recorder<Arrival>()
            let consumer = AMQPClient(configuration: host.configuration, logger: TopologyHost.logger)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await consumer.run() }
                group.addTask {
                    await consumer.read(queue) { delivery in
                        arrivals.record(
                            Arrival(
                                id: delivery.properties.messageID ?? "", priority: delivery.properties.priority,
                                routingKey: delivery.routingKey,
                                time: .now))
                    }
                }
                let published = try await publish(delays, to: host)
                try await arrivals.atLeast(delays.count, "delayed task", within: .seconds(60))
                // What follows through the same queue shows that nothing came a second time.
                try await publish("last", to: queue, on: host)
                let seen = try await arrivals.atLeast(delays.count + 1, "task", within: .seconds(60))
                group.cancelAll()

                // Two that became due while the machine stood still may come in either order.
                #expect(seen.prefix(delays.count).map(\.id).sorted() == delays.map { "delay-\($0)" })
                #expect(seen.dropFirst(delays.count).map(\.id) == ["last"])
                for (arrival, delay) in zip(seen.prefix(delays.count).sorted { $0.id < $1.id }, delays) {
                    let late = arrival.time - published - .seconds(delay)
                    // Early would break a promise; late is a busy machine.
                    #expect(late > .milliseconds(-20) && late < .seconds(60), "\(arrival.id) was late by \(late)")
                    #expect(arrival.priority == UInt8(delay))
                    #expect(arrival.routingKey.hasSuffix(".tasks.default.high"))
                }
                while await group.nextResult() != nil {}
            }
        }
    }

    private func publish(_ id: String, to queue: String, on host: TopologyHost) async throws {
        try await host.withChannel { channel in
            try await channel.publish(
                AMQPMessage(
                    exchange: "", routingKey: queue, properties: AMQPProperties(deliveryMode: .persistent, messageID: id),
                    body: ByteBuffer(string: "{}")))
        }
    }

    /// Publishes a task for each delay and returns when the first left.
    private func publish(_ delays: [Int64], to host: TopologyHost) async throws -> ContinuousClock.Instant {
        try await host.withChannel { channel in
            let start = ContinuousClock.now
            for delay in delays {
                let entry = try #require(DelayLadder.entry(for: .seconds(delay), destination: "tasks.default.high"))
                try await channel.publish(
                    AMQPMessage(
                        exchange: BrokerNames.delayExchange(level: entry.level), routingKey: entry.routingKey,
                        properties: AMQPProperties(deliveryMode: .persistent, priority: UInt8(delay), messageID: "delay-\(delay)"),
                        body: ByteBuffer(string: "{}")))
            }
            return start
        }
    }
}
