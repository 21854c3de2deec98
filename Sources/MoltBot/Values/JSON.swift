internal import MoltBotCore

extension MoltBot {
    /// A JSON document: parameters for a model, chat messages, metadata. Write it as a literal:
    ///
    ///     let parameters: [String: MoltBot.JSON] = ["temperature": 0.2, "stop": ["\n", "END"]]
    public enum JSON: Sendable, Hashable {
        case null
        case bool(Bool)
        /// A whole number; exact up to 64 bits.
        case integer(Int64)
        case number(Double)
        case string(String)
        case array([JSON])
        case object([String: JSON])
    }
}

extension MoltBot.JSON {
    public var boolValue: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    public var integerValue: Int64? {
        switch self {
        case .integer(let value): value
        case .number(let value): Int64(exactly: value)
        default: nil
        }
    }

    public var doubleValue: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    public var stringValue: String? {
        if case .string(let value) = self { value } else { nil }
    }

    public var arrayValue: [MoltBot.JSON]? {
        if case .array(let value) = self { value } else { nil }
    }

    public var objectValue: [String: MoltBot.JSON]? {
        if case .object(let value) = self { value } else { nil }
    }

    /// The member of that name; nil when this is no object or has no such member.
    public subscript(name: String) -> MoltBot.JSON? { objectValue?[name] }

    /// The element at that position; nil when this is no array or is shorter.
    public subscript(index: Int) -> MoltBot.JSON? {
        guard let elements = arrayValue, elements.indices.contains(index) else { return nil }
        return elements[index]
    }
}

extension MoltBot.JSON: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral {
    public init(nilLiteral: ()) { self = .null }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(floatLiteral value: Double) { self = .number(value) }
}

extension MoltBot.JSON: ExpressibleByStringInterpolation, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral {
    public init(stringLiteral value: String) { self = .string(value) }
    public init(arrayLiteral elements: MoltBot.JSON...) { self = .array(elements) }
    public init(dictionaryLiteral elements: (String, MoltBot.JSON)...) {
        self = .object(Dictionary(elements) { _, last in last })
    }
}

extension MoltBot.JSON {
    /// Reads JSON text.
    /// - Throws: ``MoltBotError`` with code `invalidRequest`, naming the place.
    public init(parsing text: String) throws(MoltBotError) {
        do {
            self.init(try JSONValue.parse(text))
        } catch {
            throw MoltBotError(.invalidRequest, "not valid JSON: \(error)", cause: error)
        }
    }
}

/// The document as JSON text.
extension MoltBot.JSON: CustomStringConvertible {
    public var description: String { String(decoding: JSONValue(self).encode(), as: UTF8.self) }
}
