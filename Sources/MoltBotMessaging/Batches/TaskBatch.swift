internal import AMQP
package import MoltBotCore
internal import NIOCore

/// Tasks that were taken together, and of which only a number may be under way at once.
package struct TaskBatch: Sendable, Equatable {
    package let id: String
    package let workspace: Workspace
    package let total: Int
    /// Tasks that may have been handed to the workers and not ended, over all workers.
    package let concurrency: Int

    package init(id: String, workspace: Workspace, total: Int, concurrency: Int) {
        self.id = id
        self.workspace = workspace
        self.total = total
        self.concurrency = concurrency
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

    var message: AMQPMessage {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("id", id)
        writer.member("workspace", workspace.name)
        writer.member("total", total)
        writer.member("concurrency", concurrency)
        writer.endObject()
        return AMQPMessage(
            exchange: BrokerNames.Exchange.byQueueName, routingKey: BrokerNames.Queue.batches,
            properties: AMQPProperties(
                contentType: "application/json", deliveryMode: .persistent, messageID: id, type: BrokerNames.MessageType.batch,
                appID: BrokerNames.application),
            body: ByteBuffer(bytes: writer.bytes))
    }

    init?(_ delivery: AMQPDelivery) {
        guard let document = try? delivery.body.withUnsafeReadableBytes({ try JSONValue.parse($0) }),
            let id = document["id"]?.stringValue, let workspace = document["workspace"]?.stringValue.flatMap({ Workspace($0) }),
            let total = document["total"]?.integerValue, let concurrency = document["concurrency"]?.integerValue, concurrency > 0
        else { return nil }
        self.init(id: id, workspace: workspace, total: Int(clamping: total), concurrency: Int(clamping: concurrency))
    }
}
