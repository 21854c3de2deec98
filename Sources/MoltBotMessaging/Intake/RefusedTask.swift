internal import AMQP
package import MoltBotCore
internal import NIOCore

/// Takes back what the ledger has heard of a task. A full task queue refuses a message that the ledger stream, beside it, has taken: the
/// publisher is told no, and for the readers of the stream there is a task that nobody has.
package struct RefusedTask: Sendable, Equatable {
    package let id: TaskID
    package let workspace: Workspace
    /// As the refused message says it: one sent before or after with the same id is another one.
    package let createdAt: Timestamp

    package init(id: TaskID, workspace: Workspace, createdAt: Timestamp) {
        self.id = id
        self.workspace = workspace
        self.createdAt = createdAt
    }

    init(_ task: TaskSubmission) {
        self.init(id: task.id, workspace: task.workspace, createdAt: task.createdAt)
    }

    /// For the ledger stream alone.
    var message: AMQPMessage {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("task_id", id.rawValue)
        writer.member("workspace", workspace.name)
        writer.member("created_at", createdAt)
        writer.endObject()
        return AMQPMessage(
            exchange: BrokerNames.Exchange.byQueueName, routingKey: BrokerNames.Queue.ledger,
            properties: AMQPProperties(
                contentType: "application/json", deliveryMode: .persistent, messageID: id.rawValue,
                type: BrokerNames.MessageType.refusedTask, appID: BrokerNames.application),
            body: ByteBuffer(bytes: writer.bytes))
    }

    init?(_ delivery: AMQPDelivery) {
        guard let document = try? delivery.body.withUnsafeReadableBytes({ try JSONValue.parse($0) }),
            let id = document["task_id"]?.stringValue.flatMap({ TaskID($0) }),
            let workspace = document["workspace"]?.stringValue.flatMap({ Workspace($0) }),
            let createdAt = document["created_at"]?.stringValue.flatMap({ Timestamp(rfc3339: $0) })
        else { return nil }
        self.init(id: id, workspace: workspace, createdAt: createdAt)
    }
}
