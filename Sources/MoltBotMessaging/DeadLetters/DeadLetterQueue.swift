internal import AMQP
internal import MoltBotCore
internal import NIOCore

/// The queues of what could not be processed: looking at them, publishing their messages again, emptying them.
package struct DeadLetterQueue: Sendable {
    /// Messages that one command goes through, oldest first; what lies behind them is not seen.
    package static let searchLimit = 100_000

    let session: BrokerSession

    package init(_ session: BrokerSession) {
        self.session = session
    }

    package struct Listing: Sendable {
        /// Oldest first.
        package var letters: [DeadLetter] = []
        /// Of all messages in the queue, as far as ``searchLimit``.
        package var total = 0
    }

    /// How many messages wait in a queue. What was put back a moment ago may be missing.
    /// - Throws: ``AMQPError``; code 404 when the topology was not applied.
    package func count(_ source: DeadLetter.Source) async throws -> Int {
        try await session.consuming.withChannel { channel in
            try await channel.queueDeclare(AMQPQueue(name: source.queue), passive: true).messageCount
        }
    }

    /// The oldest messages of a queue, at most `limit` of them. They stay where they are.
    package func list(_ source: DeadLetter.Source, limit: Int) async throws -> Listing {
        var listing = Listing()
        try await scan(source) { delivery in
            listing.total += 1
            if listing.letters.count < limit { listing.letters.append(DeadLetter(delivery, source: source)) }
            return .keep
        }
        return listing
    }

    /// The first message with this id.
    package func find(_ id: String, in source: DeadLetter.Source) async throws -> DeadLetter? {
        var found: DeadLetter?
        try await scan(source) { delivery in
            if found == nil, DeadLetter.id(of: delivery) == id { found = DeadLetter(delivery, source: source) }
            return .keep
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
        case keep
        /// The queue forgets the message.
        case remove
    }

    /// Goes through a queue, oldest message first. What is kept goes back at the end, or at once when the channel breaks; meanwhile
    /// nobody else sees it.
    ///
    /// Always through the whole queue: RabbitMQ 3.10 puts what comes back to a quorum queue at its end, so only a whole round keeps
    /// the order.
    func scan(_ source: DeadLetter.Source, _ look: (AMQPDelivery) async throws -> Look) async throws {
        try await session.consuming.withChannel { channel in
            var kept: [AMQPDelivery] = []
            for _ in 0..<Self.searchLimit {
                try Task.checkCancellation()
                guard var delivery = try await channel.get(source.queue) else { break }
                if try await look(delivery) == .remove {
                    channel.settle(delivery, .ack)
                    continue
                }
                // Only the tag matters from here on.
                delivery.body = ByteBuffer()
                delivery.properties = AMQPProperties()
                kept.append(delivery)
            }
            for delivery in kept { channel.settle(delivery, .requeue) }
            // Answered after the requeues: the next look finds the queue whole.
            try await channel.queueDeclare(AMQPQueue(name: source.queue), passive: true)
        }
    }
}
