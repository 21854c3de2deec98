extension WebhookEvent {
    /// The event in CloudEvents' structured JSON format.
    package func encode() -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 512)
        writer.beginObject()
        writer.member("specversion", "1.0")
        writer.member("id", id)
        writer.member("source", "/moltbot/" + workspace.name)
        writer.member("type", kind.rawValue)
        writer.member("time", time)
        writer.member("subject", endpointID ?? url)
        writer.member("datacontenttype", "application/json")
        writer.name("data")
        writer.beginObject()
        writer.member("endpoint_id", endpointID)
        writer.member("url", url)
        writer.member("event_id", eventID)
        writer.member("event_type", eventType)
        writer.member("task_id", taskID)
        writer.member("workspace", workspace.name)
        writer.member("attempt", attempt)
        writer.member("status", status)
        writer.member("duration_ms", duration.map { Int(clamping: $0.wholeMilliseconds) })
        writer.member("response", response.map { String(decoding: $0.utf8.prefix(Self.longestResponse), as: UTF8.self) })
        writer.member("error", error)
        writer.member("next_attempt_at", nextAttemptAt)
        writer.endObject()
        writer.endObject()
        return writer.bytes
    }

    /// Reads such an event; fields that it does not know are ignored.
    /// - Throws: ``InvalidEvent`` naming what is missing.
    package static func decode(_ bytes: [UInt8]) throws(InvalidEvent) -> WebhookEvent {
        let document: JSONValue
        do {
            document = try bytes.withUnsafeBytes { (bytes) throws(JSONError) in try JSONValue.parse(bytes) }
        } catch {
            throw InvalidEvent(problems: [FieldProblem(path: "", message: "not valid JSON: \(error)")])
        }
        var check = FieldChecker()
        let data = document["data"] ?? .null
        let id = check.string(document["id"] ?? .null, "id")
        let kind: Kind? = check.choice(document["type"] ?? .null, "type")
        let time = check.timestamp(document["time"] ?? .null, "time")
        let url = check.string(data["url"] ?? .null, "data.url")
        let workspace = data["workspace"]?.stringValue.flatMap(Workspace.init)
        if workspace == nil { check.reject("data.workspace", expected: Workspace.rule, got: data["workspace"] ?? .null) }
        guard let id, let kind, let time, let url, let workspace else { throw InvalidEvent(problems: check.problems) }
        var event = WebhookEvent(kind, workspace: workspace, url: url, id: id, at: time)
        event.endpointID = data["endpoint_id"]?.stringValue
        event.eventID = data["event_id"]?.stringValue
        event.eventType = data["event_type"]?.stringValue
        event.taskID = data["task_id"]?.stringValue
        event.attempt = data["attempt"]?.integerValue.map { Int(clamping: $0) }
        event.status = data["status"]?.integerValue.map { Int(clamping: $0) }
        event.duration = data["duration_ms"]?.integerValue.map { .milliseconds($0) }
        event.response = data["response"]?.stringValue
        event.error = data["error"]?.stringValue
        event.nextAttemptAt = data["next_attempt_at"]?.stringValue.flatMap { Timestamp(rfc3339: $0) }
        return event
    }
}
