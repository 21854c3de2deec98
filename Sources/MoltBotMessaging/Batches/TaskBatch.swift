internal import AMQP
package import MoltBotCore
internal import NIOCore

/// Tasks that were taken together, and of which only a number may be under way at once.
package struct TaskBatch: Sendable, Equatable {
    /// Tasks that a batch may have.
    package static let sizes = 1...50_000

    package let id: String
    package let workspace: Workspace
    package let total: Int
    /// Tasks that may have been handed to the workers and not ended, over all workers.
    package let concurrency: Int
    /// Names the queue of its own, `moltbot.batch.<place>`. A batch that is sent again after a node has died gets another one: what the
    /// first try has left in its queue is never run.
    package let place: String
    /// Tells its payload from another one that comes with the same idempotency key.
    package let fingerprint: String?
    package let acceptedAt: Timestamp

    package init(
        id: String, workspace: Workspace, total: Int, concurrency: Int, place: String = UUIDText.version7(), fingerprint: String? = nil,
        acceptedAt: Timestamp = .now()
    ) {
        self.id = id
        self.workspace = workspace
        self.total = total
        self.concurrency = concurrency
        self.place = place
        self.fingerprint = fingerprint
        self.acceptedAt = acceptedAt
    }

    /// The id of one of its tasks, so that an event tells by itself which batch it belongs to.
    /// - Parameter number: from 1.
    package static func taskID(_ number: Int, in batch: String) -> TaskID? { TaskID("\(batch)-\(number)") }

    /// The batch that a task id names; nil for other ids.
    package static func batch(of task: TaskID) -> String? {
        let parts = task.rawValue.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 6, let number = parts.last, !number.isEmpty, number.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return parts.dropLast().joined(separator: "-")
    }

    enum Destination {
        /// All who need to know that the batch was taken: those who work on batches, and the ledger.
        case everybody
        /// Those who work on batches.
        case inbox
    }

    /// - Parameter notes: for the node that works on it next; of no use to others.
    func message(to destination: Destination, _ notes: BatchNotes? = nil) -> AMQPMessage {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("id", id)
        writer.member("workspace", workspace.name)
        writer.member("total", total)
        writer.member("concurrency", concurrency)
        writer.member("place", place)
        writer.member("fingerprint", fingerprint)
        writer.member("accepted_at", acceptedAt)
        if let notes {
            writer.name("notes")
            notes.write(to: &writer)
        }
        writer.endObject()
        let (exchange, routingKey) =
            switch destination {
            case .everybody: (BrokerNames.Exchange.batches, "")
            case .inbox: (BrokerNames.Exchange.byQueueName, BrokerNames.Queue.batches)
            }
        return AMQPMessage(
            exchange: exchange, routingKey: routingKey,
            properties: AMQPProperties(
                contentType: "application/json", deliveryMode: .persistent, messageID: id, type: BrokerNames.MessageType.batch,
                appID: BrokerNames.application),
            body: ByteBuffer(bytes: writer.bytes))
    }

    init?(_ delivery: AMQPDelivery) {
        guard let document = try? delivery.body.withUnsafeReadableBytes({ try JSONValue.parse($0) }) else { return nil }
        self.init(document)
    }

    /// Nil when it is no batch, or one of a size that no API node takes.
    init?(_ document: JSONValue) {
        guard let id = document["id"]?.stringValue, let workspace = document["workspace"]?.stringValue.flatMap({ Workspace($0) }),
            let total = document["total"]?.integerValue.map({ Int(clamping: $0) }), Self.sizes.contains(total),
            let concurrency = document["concurrency"]?.integerValue, concurrency > 0, let place = document["place"]?.stringValue,
            let acceptedAt = document["accepted_at"]?.stringValue.flatMap({ Timestamp(rfc3339: $0) })
        else { return nil }
        self.init(
            id: id, workspace: workspace, total: total, concurrency: Int(clamping: concurrency), place: place,
            fingerprint: document["fingerprint"]?.stringValue, acceptedAt: acceptedAt)
    }
}
