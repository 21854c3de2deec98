internal import AMQP
internal import MoltBotCore
internal import NIOCore

/// A message of the registry stream.
enum RegistryMessage: Equatable {
    case revision(RegistryRevision)
    /// One reader's mark, or something else that is no record.
    case mark
    /// A record of a kind that a later version of MoltBot knows.
    case unknownKind(String)
    /// A record that breaks the contract; the text says where.
    case unreadable(String)
}

/// One record as it stands in the stream.
struct RegistryRevision: Equatable {
    /// The message's id, which names this state of the entry.
    var id: String
    var record: RegistryRecord
    var base: Base

    /// The state of the entry that the record was made for: it counts only if that still is its state.
    enum Base: Equatable {
        /// It replaces whatever is there.
        case anything
        /// There is no such entry.
        case nothing
        /// The entry's latest record that counts, by its message's id.
        case record(String)
    }
}

extension RegistryMessage {
    init(_ delivery: AMQPDelivery) {
        guard delivery.properties.type == BrokerNames.MessageType.registryRecord else {
            self = .mark
            return
        }
        guard let id = delivery.properties.messageID, !id.isEmpty else {
            self = .unreadable("it has no message id")
            return
        }
        do {
            let document = try delivery.body.withUnsafeReadableBytes { (bytes) throws(JSONError) in try JSONValue.parse(bytes) }
            self.init(id: id, document)
        } catch {
            self = .unreadable("\(error)")
        }
    }

    private init(id: String, _ document: JSONValue) {
        guard let kindName = document["kind"]?.stringValue else {
            self = .unreadable("kind: expected a string")
            return
        }
        guard let kind = RegistryRecord.Kind(rawValue: kindName) else {
            self = .unknownKind(kindName)
            return
        }
        guard let entry = document["id"]?.stringValue, !entry.isEmpty else {
            self = .unreadable("id: expected a non-empty string")
            return
        }
        guard let workspace = document["workspace"]?.stringValue.flatMap(Workspace.init) else {
            self = .unreadable("workspace: expected \(Workspace.rule)")
            return
        }
        guard let time = document["time"]?.stringValue.flatMap(Timestamp.init(rfc3339:)) else {
            self = .unreadable("time: expected an RFC 3339 time")
            return
        }
        var record = RegistryRecord(kind: kind, id: entry, workspace: workspace, value: nil, time: time)
        if let value = document["value"], !value.isNull { record.value = value }
        let base: RegistryRevision.Base =
            if let replaced = document["replaces"]?.stringValue {
                .record(replaced)
            } else {
                document["new"]?.boolValue == true ? .nothing : .anything
            }
        self = .revision(RegistryRevision(id: id, record: record, base: base))
    }
}

extension RegistryRevision {
    var message: AMQPMessage {
        AMQPMessage(
            exchange: BrokerNames.Exchange.byQueueName, routingKey: BrokerNames.Queue.registry,
            properties: AMQPProperties(
                contentType: "application/json", deliveryMode: .persistent, messageID: id,
                timestamp: UInt64(clamping: record.time.secondsSinceEpoch), type: BrokerNames.MessageType.registryRecord,
                appID: BrokerNames.application),
            body: ByteBuffer(bytes: body))
    }

    private var body: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("kind", record.kind.rawValue)
        writer.member("id", record.id)
        writer.member("workspace", record.workspace.name)
        writer.member("value", record.value)
        writer.member("time", record.time)
        switch base {
        case .anything: break
        case .nothing: writer.member("new", true)
        case .record(let replaced): writer.member("replaces", replaced)
        }
        writer.endObject()
        return writer.bytes
    }
}
