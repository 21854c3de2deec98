/// Settings for the model, passed to the provider as given: `temperature`, `max_tokens`, `stop`, `tools`, `response_format`, `seed` ...
package struct TaskParameters: Sendable, Equatable {
    package var fields: [String: JSONValue]

    package init(_ fields: [String: JSONValue] = [:]) {
        self.fields = fields
    }

    package subscript(name: String) -> JSONValue? { fields[name] }

    /// Nil as well for a null, which SDKs send for what is not given.
    package func given(_ name: String) -> JSONValue? {
        guard let value = fields[name], !value.isNull else { return Optional.none }
        return value
    }

    package var temperature: Double? { fields["temperature"]?.doubleValue }

    package var maxTokens: Int? {
        (given("max_tokens") ?? given("max_completion_tokens"))?.integerValue.map { Int($0) }
    }

    /// Texts at which the model stops; one text alone counts as a list of one.
    package var stop: [String] {
        switch fields["stop"] {
        case .string(let text): [text]
        case .array(let texts): texts.compactMap(\.stringValue)
        default: []
        }
    }
}
