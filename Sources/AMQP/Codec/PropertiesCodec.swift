internal import CRabbitMQ
internal import NIOCore

/// Bits that say which properties are present, on the wire and in `amqp_basic_properties_t._flags`. librabbitmq's own constants are
/// macros.
enum PropertyFlag {
    static let contentType: UInt16 = 1 << 15
    static let contentEncoding: UInt16 = 1 << 14
    static let headers: UInt16 = 1 << 13
    static let deliveryMode: UInt16 = 1 << 12
    static let priority: UInt16 = 1 << 11
    static let correlationID: UInt16 = 1 << 10
    static let replyTo: UInt16 = 1 << 9
    static let expiration: UInt16 = 1 << 8
    static let messageID: UInt16 = 1 << 7
    static let timestamp: UInt16 = 1 << 6
    static let type: UInt16 = 1 << 5
    static let userID: UInt16 = 1 << 4
    static let appID: UInt16 = 1 << 3
    /// By the specification the lowest bit announces a second word of flags. RabbitMQ knows of none: it skips these two bits and passes
    /// them on, while librabbitmq would take the first property for that word.
    private static let unused: UInt16 = 0b11

    /// Message properties as RabbitMQ reads them.
    static func withoutUnused(_ properties: ByteBuffer) -> ByteBuffer {
        guard let flags = properties.getInteger(at: properties.readerIndex, as: UInt16.self), flags & unused != 0 else {
            return properties
        }
        var result = properties
        result.setInteger(flags & ~unused, at: properties.readerIndex)
        return result
    }
}

extension AMQPProperties {
    init(decoding source: amqp_basic_properties_t) {
        func has(_ flag: UInt16) -> Bool { source._flags & UInt32(flag) != 0 }
        func text(_ flag: UInt16, _ bytes: amqp_bytes_t) -> String? {
            has(flag) ? FieldTableDecoder.string(bytes) : nil
        }
        self.init(
            contentType: text(PropertyFlag.contentType, source.content_type),
            contentEncoding: text(PropertyFlag.contentEncoding, source.content_encoding),
            headers: has(PropertyFlag.headers) ? FieldTableDecoder.table(source.headers) : nil,
            deliveryMode: has(PropertyFlag.deliveryMode) ? DeliveryMode(rawValue: source.delivery_mode) : nil,
            priority: has(PropertyFlag.priority) ? source.priority : nil,
            correlationID: text(PropertyFlag.correlationID, source.correlation_id),
            replyTo: text(PropertyFlag.replyTo, source.reply_to),
            expiration: text(PropertyFlag.expiration, source.expiration),
            messageID: text(PropertyFlag.messageID, source.message_id),
            timestamp: has(PropertyFlag.timestamp) ? source.timestamp : nil,
            type: text(PropertyFlag.type, source.type),
            userID: text(PropertyFlag.userID, source.user_id),
            appID: text(PropertyFlag.appID, source.app_id))
    }
}

extension EncodingArena {
    /// The C structure of `source`, valid until the arena is reset.
    func properties(_ source: AMQPProperties) -> amqp_basic_properties_t {
        var result = amqp_basic_properties_t()
        func set(_ flag: UInt16, _ text: String?, _ path: WritableKeyPath<amqp_basic_properties_t, amqp_bytes_t>) {
            guard let text else { return }
            result._flags |= UInt32(flag)
            result[keyPath: path] = bytes(text)
        }
        set(PropertyFlag.contentType, source.contentType, \.content_type)
        set(PropertyFlag.contentEncoding, source.contentEncoding, \.content_encoding)
        set(PropertyFlag.correlationID, source.correlationID, \.correlation_id)
        set(PropertyFlag.replyTo, source.replyTo, \.reply_to)
        set(PropertyFlag.expiration, source.expiration, \.expiration)
        set(PropertyFlag.messageID, source.messageID, \.message_id)
        set(PropertyFlag.type, source.type, \.type)
        set(PropertyFlag.userID, source.userID, \.user_id)
        set(PropertyFlag.appID, source.appID, \.app_id)
        if let headers = source.headers {
            result._flags |= UInt32(PropertyFlag.headers)
            result.headers = table(headers)
        }
        if let mode = source.deliveryMode {
            result._flags |= UInt32(PropertyFlag.deliveryMode)
            result.delivery_mode = mode.rawValue
        }
        if let priority = source.priority {
            result._flags |= UInt32(PropertyFlag.priority)
            result.priority = priority
        }
        if let timestamp = source.timestamp {
            result._flags |= UInt32(PropertyFlag.timestamp)
            result.timestamp = timestamp
        }
        return result
    }
}
