internal import AMQP
internal import MoltBotCore

/// The queues of batches, declared by those who use them: one that says which batches there are, and one a batch with the tasks that
/// are not handed to the workers yet.
struct BatchQueues: Sendable {
    /// A batch that nobody works on for a week goes, in milliseconds.
    private static let unusedBatch: AMQPValue = 604_800_000

    let client: AMQPClient

    static func queue(of batch: String) -> String { "moltbot.batch." + batch }

    func declareInbox() async throws {
        try await client.withChannel { channel in
            _ = try await channel.queueDeclare(AMQPQueue(name: BrokerNames.Queue.batches, arguments: ["x-queue-type": "quorum"]))
        }
    }

    func declare(_ batch: String) async throws {
        try await client.withChannel { channel in
            _ = try await channel.queueDeclare(
                AMQPQueue(name: Self.queue(of: batch), arguments: ["x-queue-type": "quorum", "x-expires": Self.unusedBatch]))
        }
    }

    func delete(_ batch: String) async throws {
        try await client.withChannel { channel in
            _ = try await channel.queueDelete(Self.queue(of: batch))
        }
    }
}
