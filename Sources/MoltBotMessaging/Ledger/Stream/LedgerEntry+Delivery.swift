internal import AMQP
internal import MoltBotCore
internal import NIOCore

extension LedgerEntry {
    /// Nil for a delivery without an offset, which does not come from a stream.
    init?(_ delivery: AMQPDelivery) {
        guard let offset = delivery.properties.headers?["x-stream-offset"]?.integerValue else { return nil }
        self.init(
            offset: offset, content: Content(delivery), id: delivery.properties.messageID, type: delivery.properties.type,
            routingKey: delivery.routingKey, buffer: delivery.body)
    }
}

extension LedgerEntry.Content {
    /// What anybody published is what it is: nothing here fails, since one odd message must not stop the reader of all others.
    init(_ delivery: AMQPDelivery) {
        if delivery.exchange == BrokerNames.Exchange.tasks || delivery.properties.type == BrokerNames.MessageType.task {
            self = LedgerTask(delivery).map { .task($0) } ?? .other
        } else if delivery.properties.type == BrokerNames.MessageType.refusedTask {
            self = RefusedTask(delivery).map { .refused($0) } ?? .other
        } else if delivery.properties.type == BrokerNames.MessageType.batch {
            self = TaskBatch(delivery).map { .batch($0) } ?? .other
        } else if delivery.properties.type == BrokerNames.MessageType.barrier {
            self = delivery.properties.messageID.map { .barrier($0) } ?? .other
        } else if delivery.properties.type.flatMap({ TaskEventType(rawValue: $0) }) != nil,
            let event = try? delivery.body.withUnsafeReadableBytes({ try TaskEvent.decode($0) })
        {
            self = .event(event)
        } else {
            self = .other
        }
    }
}

extension LedgerTask {
    private static let longestBatchID = 128
    private static let longestFingerprint = 128

    /// Nil when the message names no task: then its worker names it, and the first event tells of it.
    init?(_ delivery: AMQPDelivery) {
        // A task that waits in a batch's queue is told to the ledger alone, and names its workspace itself.
        let isForLedger = delivery.exchange == BrokerNames.Exchange.byQueueName
        let named = isForLedger ? delivery.properties.headers?[WireHeaders.workspace]?.stringValue : nil
        let address = (named ?? delivery.routingKey).split(separator: ".", maxSplits: 1)
        guard let id = delivery.properties.messageID.flatMap({ TaskID($0) }), let name = address.first,
            let workspace = Workspace(String(name))
        else { return nil }
        let headers = delivery.properties.headers ?? [:]
        let lane = address.dropFirst().first.flatMap { Lane(rawValue: String($0)) }
        self.init(
            id: id, workspace: workspace, lane: lane ?? Lane.lane(forPriority: Int(delivery.properties.priority ?? 0)),
            priority: delivery.properties.priority.map { min(Int($0), Lane.priorities.upperBound) },
            createdAt: headers[WireHeaders.created]?.stringValue.flatMap { Timestamp(rfc3339: $0) }
                ?? delivery.properties.timestamp.map { Timestamp(secondsSinceEpoch: Int64(clamping: $0)) },
            redrives: TaskEnvelope.redrives(headers),
            batch: headers[WireHeaders.batch]?.stringValue.flatMap {
                (1...Self.longestBatchID).contains($0.utf8.count) && $0.utf8.allSatisfy { (0x21...0x7E).contains($0) } ? $0 : nil
            })
        fingerprint = headers[WireHeaders.fingerprint]?.stringValue.flatMap { $0.utf8.count <= Self.longestFingerprint ? $0 : nil }
        // A body that breaks the contract ends the task at its worker; here it only has nothing to tell.
        guard let request = try? delivery.body.withUnsafeReadableBytes({ try TaskRequest.decode($0) }) else { return }
        model = request.model
        idempotencyKey = request.idempotencyKey
        runAt = request.runAt
        deadline = request.deadline
        metadata = request.metadata
    }
}
