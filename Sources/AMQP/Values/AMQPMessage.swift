public import NIOCore

/// A message to publish.
public struct AMQPMessage: Sendable, Hashable {
    /// Empty names the default exchange, which routes to the queue named by ``routingKey``.
    public var exchange: String
    public var routingKey: String
    public var properties: AMQPProperties
    public var body: ByteBuffer
    /// True asks the broker to return the message when no queue takes it; the publish then fails as ``AMQPError/Code/unroutable``.
    /// False drops such a message silently.
    public var isMandatory: Bool

    public init(
        exchange: String, routingKey: String, properties: AMQPProperties = .init(), body: ByteBuffer, isMandatory: Bool = true
    ) {
        self.exchange = exchange
        self.routingKey = routingKey
        self.properties = properties
        self.body = body
        self.isMandatory = isMandatory
    }
}

/// A message received, with its bytes copied out of the protocol buffers.
public struct AMQPDelivery: Sendable, Hashable {
    public var exchange: String
    public var routingKey: String
    public var properties: AMQPProperties
    public var body: ByteBuffer
    /// True when the broker has delivered the message before, to this or another consumer.
    public var isRedelivered: Bool
    /// Unique on its channel, from 1. It means nothing after the channel has closed.
    public var deliveryTag: UInt64
    /// The channel it came on; 0 for one that never came from a broker, which cannot be settled.
    var channelID: UInt64 = 0
    /// Of that channel; nil for one that never came from a broker.
    var channelEnd: Ending?
    /// True once the channel it came on has ended: the broker gives the message to somebody, and no verdict on this delivery counts.
    public var isTakenBack: Bool { channelEnd?.hasHappened ?? false }

    public init(
        exchange: String, routingKey: String, properties: AMQPProperties, body: ByteBuffer, isRedelivered: Bool, deliveryTag: UInt64
    ) {
        self.exchange = exchange
        self.routingKey = routingKey
        self.properties = properties
        self.body = body
        self.isRedelivered = isRedelivered
        self.deliveryTag = deliveryTag
    }
}

/// What becomes of a delivery: the return value of a consumer's handler.
public enum AMQPDisposition: Sendable, Hashable {
    /// Done: the broker forgets the message.
    case ack
    /// Back to the queue, for any consumer.
    case requeue
    /// Refused: to the queue's dead-letter exchange, or dropped where it has none.
    case deadLetter
}
