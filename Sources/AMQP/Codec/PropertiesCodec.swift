internal import CRabbitMQ

/// Bits of `amqp_basic_properties_t._flags`: which properties are present. librabbitmq's own constants are macros.
private enum Flag {
    static let contentType: UInt32 = 1 << 15
    static let contentEncoding: UInt32 = 1 << 14
    static let headers: UInt32 = 1 << 13
    static let deliveryMode: UInt32 = 1 << 12
    static let priority: UInt32 = 1 << 11
    static let correlationID: UInt32 = 1 << 10
    static let replyTo: UInt32 = 1 << 9
    static let expiration: UInt32 = 1 << 8
    static let messageID: UInt32 = 1 << 7
    static let timestamp: UInt32 = 1 << 6
    static let type: UInt32 = 1 << 5
    static let userID: UInt32 = 1 << 4
    static let appID: UInt32 = 1 << 3
}

extension AMQPProperties {
    init(decoding source: amqp_basic_properties_t) {
        func text(_ flag: UInt32, _ bytes: amqp_bytes_t) -> String? {
            source._flags & flag == 0 ? nil : FieldTableDecoder.string(bytes)
        }
        self.init(
            contentType: text(Flag.contentType, source.content_type),
            contentEncoding: text(Flag.contentEncoding, source.content_encoding),
            headers: source._flags & Flag.headers == 0 ? nil : FieldTableDecoder.table(source.headers),
            deliveryMode: source._flags & Flag.deliveryMode == 0 ? nil : DeliveryMode(rawValue: source.delivery_mode),
            priority: source._flags & Flag.priority == 0 ? nil : source.priority,
            correlationID: text(Flag.correlationID, source.correlation_id),
            replyTo: text(Flag.replyTo, source.reply_to),
            expiration: text(Flag.expiration, source.expiration),
            messageID: text(Flag.messageID, source.message_id),
            timestamp: source._flags & Flag.timestamp == 0 ? nil : source.timestamp,
            type: text(Flag.type, source.type),
            userID: text(Flag.userID, source.user_id),
            appID: text(Flag.appID, source.app_id))
    }
}

extension EncodingArena {
    /// The C structure of `source`, valid until the arena is reset.
    func properties(_ source: AMQPProperties) -> amqp_basic_properties_t {
        var result = amqp_basic_properties_t()
        func set(_ flag: UInt32, _ text: String?, _ path: WritableKeyPath<amqp_basic_properties_t, amqp_bytes_t>) {
            guard let text else { return }
            result._flags |= flag
            result[keyPath: path] = bytes(text)
        }
        set(Flag.contentType, source.contentType, \.content_type)
        set(Flag.contentEncoding, source.contentEncoding, \.content_encoding)
        set(Flag.correlationID, source.correlationID, \.correlation_id)
        set(Flag.replyTo, source.replyTo, \.reply_to)
        set(Flag.expiration, source.expiration, \.expiration)
        set(Flag.messageID, source.messageID, \.message_id)
        set(Flag.type, source.type, \.type)
        set(Flag.userID, source.userID, \.user_id)
        set(Flag.appID, source.appID, \.app_id)
        if let headers = source.headers {
            result._flags |= Flag.headers
            result.headers = table(headers)
        }
        if let mode = source.deliveryMode {
            result._flags |= Flag.deliveryMode
            result.delivery_mode = mode.rawValue
        }
        if let priority = source.priority {
            result._flags |= Flag.priority
            result.priority = priority
        }
        if let timestamp = source.timestamp {
            result._flags |= Flag.timestamp
            result.timestamp = timestamp
        }
        return result
    }
}
