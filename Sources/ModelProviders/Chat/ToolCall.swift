import MoltBotCore

/// A function that the model wants to have called.
struct ToolCall: Equatable {
    var id: String
    var name: String
    /// JSON text, as OpenAI has it: a model's output, which may be cut off or wrong.
    var arguments: String
    /// What the provider wants to see again with this call, such as a thought's signature.
    var extraContent: JSONValue?

    var encoded: JSONValue {
        var call: [String: JSONValue] = [
            "id": .string(id), "type": "function", "function": ["name": .string(name), "arguments": .string(arguments)],
        ]
        if let extraContent { call["extra_content"] = extraContent }
        return .object(call)
    }

    /// - Throws: ``ModelError/Kind/invalidRequest`` when the arguments are no object: providers other than OpenAI take nothing else.
    func argumentObject(_ path: String) throws(ModelError) -> JSONValue {
        guard arguments.contains(where: { !$0.isWhitespace }) else { return [:] }
        guard let object = try? JSONValue.parse(arguments), object.objectValue != nil else {
            throw .refusal("\(path).function.arguments", expected: "a JSON object as text", got: .string(arguments))
        }
        return object
    }
}

/// Ids for tool calls of providers that give them none.
struct ToolCallNaming {
    /// Unique, so that no two answers of one conversation share an id. OpenAI takes at most 40 characters.
    let prefix: String

    /// - Parameter position: Of the call within its answer, counted from 0.
    func id(_ position: Int) -> String { "call_\(prefix.prefix(32))\(position)" }

    static func unique() -> ToolCallNaming {
        ToolCallNaming(prefix: UUIDText.version7().split(separator: "-").joined())
    }
}
