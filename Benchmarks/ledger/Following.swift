import AMQP
import Logging
import MoltBotCore
import MoltBotLedger
import MoltBotMessaging
import NIOCore

/// Follows a stream on a broker from its start to its end: reading, decoding and writing together.
struct Following {
    private static let inFlight = 500

    let url: String
    let folder: String
    let events: Int

    func run() async throws {
        let logger = Logger(label: "benchmark") { _ in SwiftLogNoOpLogHandler() }
        let session = BrokerSession(configuration: try AMQPConfiguration(urls: url), role: "benchmark", logger: logger)
        try await session.withConnections {
            try await session.publishing.withChannel { channel in
                try await channel.queueDeclare(AMQPQueue(name: "moltbot.ledger", arguments: ["x-queue-type": "stream"]))
                try await channel.queueDeclare(AMQPQueue(name: "moltbot.ledger.lookup"))
            }
            try await publish(session.publishing)
            let store = try LedgerStore(path: folder + "/followed.sqlite", logger: logger)
            let (progress, source) = AsyncStream.makeStream(of: Int.self, bufferingPolicy: .bufferingNewest(1))
            let service = LedgerService(session: session, store: store) { batch in source.yield(Int(batch.entries.last?.offset ?? 0)) }
            let begin = ContinuousClock.now
            await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await service.run() }
                for await offset in progress where offset >= events - 1 { break }
                group.cancelAll()
            }
            print("follow_events_per_s \(Int(Double(events) / (begin.duration(to: .now) / .seconds(1))))")
        }
    }

    /// Started and completed in turn, as a worker publishes them.
    private func publish(_ client: AMQPClient) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<events {
                if number >= Self.inFlight { try await group.next() }
                group.addTask { try await client.publish(message(number)) }
            }
            try await group.waitForAll()
        }
    }

    private func message(_ number: Int) -> AMQPMessage {
        let now = Timestamp.now()
        let id = TaskID("00000000-0000-7000-8000-\(100_000_000_000 + number / 2)") ?? TaskID()
        var outcome = TaskOutcome(taskID: id, workspace: .default, status: number % 2 == 0 ? .running : .completed)
        outcome.model = "m"
        outcome.createdAt = now
        if number % 2 == 1 {
            outcome.result = String(repeating: "An answer of a model has some length. ", count: 10)
            outcome.attempts = [TaskAttempt(number: 1, deployment: "primary", startedAt: now, duration: .milliseconds(1))]
        }
        let event = TaskEvent(outcome)
        return AMQPMessage(
            exchange: "", routingKey: "moltbot.ledger",
            properties: AMQPProperties(
                contentType: TaskEvent.contentType, deliveryMode: .persistent, messageID: event.id, type: event.type.rawValue),
            body: ByteBuffer(bytes: event.encode()))
    }
}
