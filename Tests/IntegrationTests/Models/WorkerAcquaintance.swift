import AMQP
import MoltBotCore
import NIOCore
import TestSupport

extension Spectator {
    /// Runs `body` when so many workers know of each other, and so have taken their parts of all limits.
    ///
    /// The last one that came says so, and the others answer it; what they say is heard on the control exchange.
    func withAcquaintedWorkers<Result: Sendable>(
        _ count: Int, besides begin: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        try await withControlMessages(ofType: "moltbot.control.presence") { heard in
            // Those that began before this program listened say a word every five seconds.
            var messages = 0
            while !Self.allAnswered(heard.elements, count) {
                messages += 1
                try await heard.atLeast(messages, "signs of life of \(count) workers", within: .seconds(60))
            }
            return try await begin()
        }
    }

    /// Runs `body` with what the workers say to each other from now on.
    func withControlMessages<Result: Sendable>(
        ofType type: String, _ body: @escaping @Sendable (Recorder<JSONValue>) async throws -> Result
    ) async throws -> Result {
        let queue = AMQPQueue(name: "spectator.\(type)")
        try await program.withChannel { channel in
            try await channel.queueDeclare(queue)
            try await channel.queueBind(queue: queue.name, exchange: "moltbot.control", routingKey: "")
        }
        let heard = Recorder<JSONValue>()
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [program] in
                await program.read(queue.name) { delivery in
                    if delivery.properties.type == type, let message = try? JSONValue.parse(Array(delivery.body.readableBytesView)) {
                        heard.record(message)
                    }
                }
            }
            defer { group.cancelAll() }
            return try await body(heard)
        }
    }

    /// Whether every worker has said something after the last newcomer's first word.
    private static func allAnswered(_ presences: [JSONValue], _ count: Int) -> Bool {
        let last = presences.lastIndex { $0["new"] == .bool(true) }.map { $0 + 1 } ?? 0
        return Set(presences[last...].compactMap { $0["worker"]?.stringValue }).count >= count
    }
}
