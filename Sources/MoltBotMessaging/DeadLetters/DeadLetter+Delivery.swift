internal import AMQP
internal import MoltBotCore
internal import NIOCore

extension DeadLetter {
    /// Reads a dead letter off its queue: from the headers of the worker that refused it, else from what the broker noted down.
    init(_ delivery: AMQPDelivery, source: Source) {
        let headers = delivery.properties.headers ?? [:]
        let death = BrokerDeath(headers)
        self.source = source
        id = Self.id(of: delivery)
        contentType = delivery.properties.contentType
        priority = delivery.properties.priority.map { Int($0) }
        body = Array(delivery.body.readableBytesView)
        died = headers[WireHeaders.diedAt]?.stringValue.flatMap { Timestamp(rfc3339: $0) } ?? death?.time
        switch source {
        case .unroutable:
            // An alternate exchange passes a message on with the address it was published to.
            destination = Destination(exchange: delivery.exchange, routingKey: delivery.routingKey)
            reason = "no queue is bound to exchange \"\(delivery.exchange)\" for routing key \"\(delivery.routingKey)\""
        case .dead:
            destination = Self.destination(in: headers) ?? death?.destination.map { Self.origin(of: delivery, from: $0) }
            reason = headers[WireHeaders.deadReason]?.stringValue ?? death?.reasonForPeople ?? "not given"
        }
        guard destination?.exchange == BrokerNames.Exchange.deliveries else { return }
        webhook = (try? WebhookDelivery(delivery)).map { Webhook($0) }
    }

    static func id(of delivery: AMQPDelivery) -> String {
        if let id = delivery.properties.messageID, !id.isEmpty {
            return receiver(in: delivery.properties.headers ?? [:]).map { "\(id)@\($0)" } ?? id
        }
        let hash = String(contentHash(delivery), radix: 16)
        return "noname-" + String(repeating: "0", count: 16 - hash.count) + hash
    }

    /// Of a webhook delivery: the endpoint, or something that tells one callback of a task from the other.
    private static func receiver(in headers: AMQPTable) -> String? {
        if let endpoint = headers[WireHeaders.endpoint]?.stringValue { return endpoint }
        // A callback's event has these headers as well, and is no delivery.
        guard headers[WireHeaders.eventTime] != nil, let callback = headers[WireHeaders.callbacks]?.stringValue else { return nil }
        return "callback-" + String(callback.utf8.reduce(into: FNV1a()) { $0.add($1) }.hash, radix: 16)
    }

    /// What came back through the delay ladder has the ladder's address, on which it would wait once more, and not as what it is.
    private static func origin(of delivery: AMQPDelivery, from destination: Destination) -> Destination {
        guard BrokerNames.isDelayExchange(destination.exchange), let webhook = try? WebhookDelivery(delivery) else { return destination }
        return Destination(exchange: BrokerNames.Exchange.deliveries, routingKey: webhook.queue.word)
    }

    private static func destination(in headers: AMQPTable) -> Destination? {
        guard let exchange = headers[WireHeaders.deadExchange]?.stringValue, let key = headers[WireHeaders.deadRoutingKey]?.stringValue
        else { return nil }
        return Destination(exchange: exchange, routingKey: key)
    }

    /// The same message has the same name each time it is looked at.
    private static func contentHash(_ delivery: AMQPDelivery) -> UInt64 {
        var content = FNV1a()
        for byte in delivery.routingKey.utf8 { content.add(byte) }
        for byte in delivery.body.readableBytesView { content.add(byte) }
        return content.hash
    }
}

/// FNV-1a, 64 bit.
private struct FNV1a {
    private(set) var hash: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func add(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
}

extension DeadLetter.Webhook {
    init(_ delivery: WebhookDelivery) {
        self.init(
            eventID: delivery.id, eventType: delivery.eventType, eventTime: delivery.time, attemptCount: delivery.attemptCount,
            attempts: delivery.attempts)
        switch delivery.target {
        case .endpoint(let id): endpointID = id
        case .callback(let callback): url = WebhookEvent.withoutSecrets(callback.url)
        }
    }
}

/// The latest entry of the `x-death` header, RabbitMQ's own record of a dead-lettering.
/// Source: <https://www.rabbitmq.com/docs/dlx#effects>.
private struct BrokerDeath {
    let queue: String
    let reason: String
    let time: Timestamp?
    let destination: DeadLetter.Destination?

    init?(_ headers: AMQPTable) {
        guard case .array(let deaths)? = headers["x-death"], case .table(let latest)? = deaths.first else { return nil }
        queue = latest["queue"]?.stringValue ?? "?"
        reason = latest["reason"]?.stringValue ?? "?"
        if case .timestamp(let seconds)? = latest["time"] {
            time = Timestamp(secondsSinceEpoch: Int64(clamping: seconds))
        } else {
            time = nil
        }
        if let exchange = latest["exchange"]?.stringValue, case .array(let keys)? = latest["routing-keys"],
            let key = keys.first?.stringValue
        {
            destination = DeadLetter.Destination(exchange: exchange, routingKey: key)
        } else {
            destination = nil
        }
    }

    /// The reasons are RabbitMQ's words.
    var reasonForPeople: String {
        switch reason {
        case "rejected": "a consumer of queue \(queue) refused it"
        case "expired": "it waited in queue \(queue) longer than its time to live"
        case "maxlen": "queue \(queue) was full"
        case "delivery_limit": "queue \(queue) delivered it too often without an outcome"
        default: "queue \(queue) gave it up: \(reason)"
        }
    }
}
