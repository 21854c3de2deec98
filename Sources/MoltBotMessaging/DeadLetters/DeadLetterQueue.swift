internal import AMQP
internal import MoltBotCore
internal import NIOCore

/// The queues of what could not be processed: looking at them, publishing their messages again, emptying them.
package struct DeadLetterQueue: Sendable {
    /// Messages looked at in one go, oldest first, before a search gives up.
    package static let searchLimit = 100_000

    let session: BrokerSession

    package init(_ session: BrokerSession) {
        self.session = session
    }

    /// How many messages wait in a queue.
    /// - Throws: ``AMQPError``; code 404 when the topology was not applied.
    package func count(_ source: DeadLetter.Source) async throws -> Int {
        try await session.consuming.withChannel { channel in
            try await channel.queueDeclare(AMQPQueue(name: source.queue), passive: true).messageCount
        }
    }

    /// The oldest messages of a queue, at most `limit` of them. They stay where they are.
    package func list(_ source: DeadLetter.Source, limit: Int) async throws -> [DeadLetter] {
        var letters: [DeadLetter] = []
        try await scan(source, limit: limit) { _, delivery in
            letters.append(DeadLetter(delivery, source: source))
            return .keep
        }
        return letters
    }

    /// The first message with this id, as long as it is among the oldest ``searchLimit``.
    package func find(_ id: String, in source: DeadLetter.Source) async throws -> DeadLetter? {
        var found: DeadLetter?
        try await scan(source, limit: Self.searchLimit) { _, delivery in
            guard DeadLetter.id(of: delivery) == id else { return .keep }
            found = DeadLetter(delivery, source: source)
            return .keepAndStop
        }
        return found
    }

    /// Drops all messages of a queue and returns how many they were.
    package func purge(_ source: DeadLetter.Source) async throws -> Int {
        try await session.consuming.withChannel { channel in try await channel.queuePurge(source.queue) }
    }
}

extension DeadLetterQueue {
    /// What becomes of a message after a look at it.
    enum Look {
        case keep, keepAndStop
        /// The queue forgets the message.
        case remove
    }

    /// Goes through a queue, oldest message first. What is kept goes back to its place in one piece at the end, or at once when the
    /// channel breaks: meanwhile nobody else sees it.
    func scan(
        _ source: DeadLetter.Source, limit: Int, _ look: (AMQPChannel, AMQPDelivery) async throws -> Look
    ) async throws {
        try await session.consuming.withChannel { channel in
            var kept: [AMQPDelivery] = []
            scanning: for _ in 0..<max(0, limit) {
                guard !Task.isCancelled, var delivery = try await channel.get(source.queue) else { break }
                let verdict = try await look(channel, delivery)
                if verdict == .remove {
                    channel.settle(delivery, .ack)
                    continue
                }
                // Only the tag matters from here on.
                delivery.body = ByteBuffer()
                delivery.properties = AMQPProperties()
                kept.append(delivery)
                if verdict == .keepAndStop { break scanning }
            }
            for delivery in kept { channel.settle(delivery, .requeue) }
            // Answered after the requeues: the next command finds the queue whole.
            try await channel.queueDeclare(AMQPQueue(name: source.queue), passive: true)
        }
    }
}
