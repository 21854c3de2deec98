internal import AMQP
internal import Crypto
package import MoltBotCore
package import NIOCore

/// An event as the webhook relay finds it in its inbox: what receivers get of it, and who wants it beside the endpoints.
package struct RelayEvent: Sendable {
    /// Why a message is no event that could be delivered.
    package struct Unreadable: Error, CustomStringConvertible {
        package let description: String
    }

    /// Without a dot: signatures join their parts with dots.
    package let id: String
    package let type: String
    package let source: String
    package let time: Timestamp
    package let workspace: Workspace
    package let taskID: String?
    /// `{"type", "timestamp", "data"}`, the same bytes for every receiver.
    package let body: ByteBuffer
    package let callbacks: [WebhookCallback]
    package let traceparent: String?

    /// - Throws: ``Unreadable``.
    init(_ delivery: AMQPDelivery) throws(Unreadable) {
        let document: JSONValue
        do {
            document = try delivery.body.withUnsafeReadableBytes { (bytes) throws(JSONError) in try JSONValue.parse(bytes) }
        } catch {
            throw Unreadable(description: "not valid JSON: \(error)")
        }
        guard let id = document["id"]?.stringValue, !id.isEmpty, let type = document["type"]?.stringValue,
            let source = document["source"]?.stringValue, let time = document["time"]?.stringValue.flatMap({ Timestamp(rfc3339: $0) })
        else { throw Unreadable(description: "not a CloudEvents event: id, type, source and time are needed") }
        guard
            let workspace = document["data"]?["workspace"]?.stringValue.flatMap(Workspace.init)
                ?? source.split(separator: "/").last.flatMap({ Workspace(String($0)) })
        else { throw Unreadable(description: "it belongs to no workspace") }
        self.id = Self.webhookID(id)
        self.type = type
        self.source = source
        self.time = time
        self.workspace = workspace
        taskID = document["data"]?["task_id"]?.stringValue
        body = delivery.body.withUnsafeReadableBytes { Self.body(type: type, time: time, of: $0) }
        let headers = delivery.properties.headers
        callbacks = (headers?[WireHeaders.callbacks]?.stringValue).map { TaskCallback.decode($0).map(WebhookCallback.init) } ?? []
        traceparent = headers?["traceparent"]?.stringValue
    }

    private static func body(type: String, time: Timestamp, of event: UnsafeRawBufferPointer) -> ByteBuffer {
        var head = JSONWriter(reservingCapacity: 128)
        head.beginObject()
        head.member("type", type)
        head.member("timestamp", time)
        head.name("data")
        var body = ByteBuffer()
        let data = JSONMemberSearch.range(of: "data", in: event)
        body.reserveCapacity(head.bytes.count + (data?.count ?? 4) + 1)
        body.writeBytes(head.bytes)
        if let data { body.writeBytes(UnsafeRawBufferPointer(rebasing: event[data])) } else { body.writeStaticString("null") }
        body.writeStaticString("}")
        return body
    }

    private static let longestID = 255

    /// Task ids may have dots, and so may the ids of their events. Escaped, so that two events never get the same id.
    private static func webhookID(_ id: String) -> String {
        guard id.utf8.contains(where: { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "%") }) else { return id }
        let escaped = id.reduce(into: "") { text, character in
            switch character {
            case ".": text += "%2E"
            case "%": text += "%25"
            default: text.append(character)
            }
        }
        guard escaped.utf8.count > longestID else { return escaped }
        return SHA256.hash(data: Array(id.utf8)).reduce(into: "") { text, byte in
            text += (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
    }
}
