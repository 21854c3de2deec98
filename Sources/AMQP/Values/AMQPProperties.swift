/// The properties of a message (AMQP 0-9-1, class `basic`). Short strings are at most 255 bytes of UTF-8.
///
/// A received text that is no UTF-8, such as the 16 bytes of a UUID, has each byte that does not fit as the scalar U+10FF00 plus that byte.
/// Sent again, here or in a routing key, it is the same bytes.
public struct AMQPProperties: Sendable, Hashable {
    public enum DeliveryMode: UInt8, Sendable {
        /// May be lost when the broker restarts.
        case transient = 1
        /// Survives a restart on a durable queue.
        case persistent = 2
    }

    public var contentType: String?
    public var contentEncoding: String?
    public var headers: AMQPTable?
    public var deliveryMode: DeliveryMode?
    /// 0 is the lowest. A classic queue clamps it to its `x-max-priority`.
    public var priority: UInt8?
    public var correlationID: String?
    public var replyTo: String?
    /// Time to live in milliseconds, as a decimal string.
    public var expiration: String?
    public var messageID: String?
    /// Seconds since 1970-01-01T00:00:00Z.
    public var timestamp: UInt64?
    public var type: String?
    /// When set, RabbitMQ refuses the message unless it names the connection's own user.
    public var userID: String?
    public var appID: String?
    /// True for those of a message received whose properties could not be read. Every field is nil then, and says nothing of what the
    /// publisher had set: such a message is not what it seems.
    public private(set) var isUnreadable = false

    static let unreadable: AMQPProperties = {
        var properties = AMQPProperties()
        properties.isUnreadable = true
        return properties
    }()

    public init(
        contentType: String? = nil, contentEncoding: String? = nil, headers: AMQPTable? = nil, deliveryMode: DeliveryMode? = nil,
        priority: UInt8? = nil, correlationID: String? = nil, replyTo: String? = nil, expiration: String? = nil, messageID: String? = nil,
        timestamp: UInt64? = nil, type: String? = nil, userID: String? = nil, appID: String? = nil
    ) {
        self.contentType = contentType
        self.contentEncoding = contentEncoding
        self.headers = headers
        self.deliveryMode = deliveryMode
        self.priority = priority
        self.correlationID = correlationID
        self.replyTo = replyTo
        self.expiration = expiration
        self.messageID = messageID
        self.timestamp = timestamp
        self.type = type
        self.userID = userID
        self.appID = appID
    }
}
