internal import MoltBotCore

extension JSONValue {
    init(_ json: MoltBot.JSON) {
        self =
            switch json {
            case .null: .null
            case .bool(let value): .bool(value)
            case .integer(let value): .integer(value)
            case .number(let value): .number(value)
            case .string(let value): .string(value)
            case .array(let elements): .array(elements.map { JSONValue($0) })
            case .object(let members): .object(members.mapValues { JSONValue($0) })
            }
    }
}

extension MoltBot.JSON {
    init(_ value: JSONValue) {
        self =
            switch value {
            case .null: .null
            case .bool(let value): .bool(value)
            case .integer(let value): .integer(value)
            case .number(let value): .number(value)
            case .string(let value): .string(value)
            case .array(let elements): .array(elements.map { MoltBot.JSON($0) })
            case .object(let members): .object(members.mapValues { MoltBot.JSON($0) })
            }
    }
}
