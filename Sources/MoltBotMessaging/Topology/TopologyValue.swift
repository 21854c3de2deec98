package import AMQP
package import MoltBotCore

/// A value of an argument or of a policy's definition: the three types that RabbitMQ's own arguments have.
package enum TopologyValue: Sendable, Hashable {
    case bool(Bool)
    case integer(Int64)
    case string(String)

    package var amqp: AMQPValue {
        switch self {
        case .bool(let value): .bool(value)
        case .integer(let value): .int64(value)
        case .string(let value): .string(value)
        }
    }
}

extension TopologyValue: CustomStringConvertible {
    package var description: String {
        switch self {
        case .bool(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .string(let value): value
        }
    }
}

extension TopologyValue {
    /// Nil for a type that no argument of the contract has.
    package init?(json: JSONValue) {
        switch json {
        case .bool(let value): self = .bool(value)
        case .integer(let value): self = .integer(value)
        case .string(let value): self = .string(value)
        case .null, .number, .array, .object: return nil
        }
    }

    package var json: JSONValue {
        switch self {
        case .bool(let value): .bool(value)
        case .integer(let value): .integer(value)
        case .string(let value): .string(value)
        }
    }
}

extension [String: TopologyValue] {
    package var amqp: AMQPTable { mapValues(\.amqp) }
}
