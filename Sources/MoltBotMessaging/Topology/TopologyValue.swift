package import AMQP

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

extension TopologyValue: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .integer(value)
        } else {
            self = .string(try container.decode(String.self))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .bool(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        }
    }
}

extension [String: TopologyValue] {
    package var amqp: AMQPTable { mapValues(\.amqp) }
}
