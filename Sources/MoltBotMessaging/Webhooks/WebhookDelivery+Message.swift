internal import AMQP
internal import MoltBotCore

/// The delivery as an AMQP message and back.
extension WebhookDelivery {
    /// - Throws: ``RelayEvent/Unreadable`` when it is nothing that a relay has stored.
    init(_ delivery: AMQPDelivery) throws(RelayEvent.Unreadable) {
        let properties = delivery.properties
        let headers = properties.headers ?? [:]
        func text(_ name: String) -> String? { headers[name]?.stringValue }
        func time(_ name: String) -> Timestamp? { text(name).flatMap { Timestamp(rfc3339: $0) } }
        guard let id = properties.messageID, !id.isEmpty, let type = properties.type, let source = text(WireHeaders.eventSource),
            let eventTime = time(WireHeaders.eventTime), let workspace = text(WireHeaders.eventWorkspace).flatMap(Workspace.init)
        else { throw RelayEvent.Unreadable(description: "it is no webhook delivery: properties or headers are missing") }
        let target: Target
        if let endpoint = text(WireHeaders.endpoint) {
            target = .endpoint(endpoint)
        } else if let callback = text(WireHeaders.callbacks).flatMap({ TaskCallback.decode($0).first }) {
            target = .callback(WebhookCallback(callback))
        } else {
            throw RelayEvent.Unreadable(description: "it names neither an endpoint nor a callback")
        }
        self.init(
            id: id, eventType: type, source: source, time: eventTime, workspace: workspace, taskID: properties.correlationID,
            target: target, body: delivery.body, traceparent: text("traceparent"))
        attempts = text(WireHeaders.attempts).map { WebhookAttempt.decodeHistory($0) } ?? []
        attemptCount = Self.count(headers[WireHeaders.attempt], from: 1) - 1
        firstAttemptAt = time(WireHeaders.firstReceived)
        deferrals = Self.count(headers[WireHeaders.deferrals], from: 0)
    }

    /// Anybody who can publish to the queue can set it, and it is counted on.
    private static func count(_ header: AMQPValue?, from least: Int64) -> Int {
        Int(min(max(header?.integerValue ?? least, least), 1_000_000))
    }

    var properties: AMQPProperties {
        var headers: AMQPTable = [
            WireHeaders.eventSource: .string(source), WireHeaders.eventTime: .string(time.rfc3339),
            WireHeaders.eventWorkspace: .string(workspace.name),
        ]
        switch target {
        case .endpoint(let id): headers[WireHeaders.endpoint] = .string(id)
        case .callback(let callback):
            let plain = TaskCallback(url: callback.url, headers: callback.headers.mapValues { $0.reveal() })
            headers[WireHeaders.callbacks] = .string(TaskCallback.encode([plain]))
        }
        if attemptCount > 0 {
            headers[WireHeaders.attempt] = .int64(Int64(attemptCount) + 1)
            headers[WireHeaders.attempts] = .string(WebhookAttempt.encodeHistory(attempts))
        }
        if let firstAttemptAt { headers[WireHeaders.firstReceived] = .string(firstAttemptAt.rfc3339) }
        if deferrals > 0 { headers[WireHeaders.deferrals] = .int64(Int64(deferrals)) }
        if let traceparent { headers["traceparent"] = .string(traceparent) }
        return AMQPProperties(
            contentType: "application/json", headers: headers, deliveryMode: .persistent, correlationID: taskID, messageID: id,
            timestamp: UInt64(clamping: time.secondsSinceEpoch), type: eventType, appID: BrokerNames.application)
    }
}
