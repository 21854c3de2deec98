/// A table of named fields: message headers, declaration arguments, client and server properties.
///
/// Order carries no meaning in AMQP 0-9-1. A key is at most 128 bytes of UTF-8.
public typealias AMQPTable = [String: AMQPValue]

/// One field of an ``AMQPTable``, with the wire type that RabbitMQ gives it.
///
/// The type matters to the broker: `x-max-priority` must be an integer, `x-match` a string. Source of the letters behind each case:
/// <https://www.rabbitmq.com/amqp-0-9-1-errata.html#section_3>.
public enum AMQPValue: Sendable, Hashable {
    case void
    case bool(Bool)
    case int8(Int8)
    case uint8(UInt8)
    case int16(Int16)
    case uint16(UInt16)
    case int32(Int32)
    case uint32(UInt32)
    case int64(Int64)
    /// RabbitMQ has no unsigned 64-bit field and refuses one; it is decoded when another peer sends it.
    case uint64(UInt64)
    case float(Float)
    case double(Double)
    /// `value` × 10^-`scale`.
    case decimal(scale: UInt8, value: UInt32)
    case string(String)
    case bytes([UInt8])
    /// Seconds since 1970-01-01T00:00:00Z.
    case timestamp(UInt64)
    indirect case array([AMQPValue])
    indirect case table(AMQPTable)
}

extension AMQPValue {
    /// The text of a string or of bytes that are UTF-8; nil for every other type.
    public var stringValue: String? {
        switch self {
        case .string(let text): text
        case .bytes(let bytes): String(validating: bytes, as: UTF8.self)
        default: nil
        }
    }

    /// The value of any integer type that fits `Int64`; nil for every other type.
    public var integerValue: Int64? {
        switch self {
        case .int8(let value): Int64(value)
        case .uint8(let value): Int64(value)
        case .int16(let value): Int64(value)
        case .uint16(let value): Int64(value)
        case .int32(let value): Int64(value)
        case .uint32(let value): Int64(value)
        case .int64(let value): value
        case .uint64(let value): Int64(exactly: value)
        default: nil
        }
    }
}

extension AMQPValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral {
    public init(stringLiteral value: String) { self = .string(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// A literal becomes the widest signed type, which RabbitMQ takes wherever it wants an integer.
    public init(integerLiteral value: Int64) { self = .int64(value) }
}
