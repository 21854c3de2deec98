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
            destination = Self.destination(in: headers) ?? death?.destination
            reason = headers[WireHeaders.deadReason]?.stringValue ?? death?.reasonForPeople ?? "not given"
        }
    }

    static func id(of delivery: AMQPDelivery) -> String {
        if let id = delivery.properties.messageID, !id.isEmpty { return id }
        let hash = String(contentHash(delivery), radix: 16)
        return "noname-" + String(repeating: "0", count: 16 - hash.count) + hash
    }

    private static func destination(in headers: AMQPTable) -> Destination? {
        guard let exchange = headers[WireHeaders.deadExchange]?.stringValue, let key = headers[WireHeaders.deadRoutingKey]?.stringValue
        else { return nil }
        return Destination(exchange: exchange, routingKey: key)
    }

    /// FNV-1a, 64 bit: the same message has the same name each time it is looked at.
    private static func contentHash(_ delivery: AMQPDelivery) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        func add(_ bytes: some Sequence<UInt8>) {
            for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        }
        add(delivery.routingKey.utf8)
        add(delivery.body.readableBytesView)
        return hash
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
