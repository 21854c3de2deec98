internal import AMQP
internal import MoltBotCore

/// The queues that hold the tasks of one batch each until they are handed to the workers; the topology file has their form.
struct BatchQueues: Sendable {
    /// A queue that nobody uses for four weeks goes, in milliseconds: it is of a try that was never accepted, since a node that works on
    /// a batch uses its queue every week (``BatchNotes/usedAt``).
    private static let unusedBatch: AMQPValue = 2_419_200_000

    let client: AMQPClient

    static func queue(of batch: TaskBatch) -> String { "moltbot.batch." + batch.place }

    func declare(_ batch: TaskBatch) async throws {
        try await client.withChannel { channel in
            _ = try await channel.queueDeclare(
                AMQPQueue(name: Self.queue(of: batch), arguments: ["x-queue-type": "quorum", "x-expires": Self.unusedBatch]))
        }
    }

    func delete(_ batch: TaskBatch) async throws {
        try await client.withChannel { channel in
            _ = try await channel.queueDelete(Self.queue(of: batch))
        }
    }
}
