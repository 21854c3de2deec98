/// Something that happened to a model's deployment: a CloudEvents 1.0 event for operators.
///
/// Deployments belong to no workspace; their events are those of the default one.
package struct ModelEvent: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        /// A deployment, or one of its keys, gets no more calls for a while.
        case unhealthy = "model.unhealthy"
        /// A probe came through: it gets calls again.
        case recovered = "model.recovered"
    }

    package static let contentType = TaskEvent.contentType
    /// What the types of all these events begin with.
    package static let typePrefix = "model."
    /// Bytes of the reason that an event shows.
    private static let longestReason = 1024

    package let id: String
    package let kind: Kind
    package let time: Timestamp
    package let model: String
    package let deployment: String
    /// The key's name, when it is about one of several.
    package var key: String?
    /// When it is tried again.
    package var until: Timestamp?
    package var error: TaskFailure?

    package init(_ kind: Kind, model: String, deployment: String, at time: Timestamp = .now()) {
        id = UUIDText.version7(at: time)
        self.kind = kind
        self.time = time
        self.model = model
        self.deployment = deployment
    }

    /// The routing key on the topic exchange.
    package var routingKey: String { "\(Workspace.default.name).\(kind.rawValue)" }

    /// The event in CloudEvents' structured JSON format.
    package func encode() -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 512)
        writer.beginObject()
        writer.member("specversion", "1.0")
        writer.member("id", id)
        writer.member("source", "/moltbot/" + Workspace.default.name)
        writer.member("type", kind.rawValue)
        writer.member("time", time)
        writer.member("subject", deployment)
        writer.member("datacontenttype", "application/json")
        writer.name("data")
        writer.beginObject()
        writer.member("workspace", Workspace.default.name)
        writer.member("model", model)
        writer.member("deployment", deployment)
        writer.member("key", key)
        writer.member("until", until)
        writer.member("error_type", error?.type)
        writer.member("error", error.map { String(decoding: $0.message.utf8.prefix(Self.longestReason), as: UTF8.self) })
        writer.endObject()
        writer.endObject()
        return writer.bytes
    }
}
