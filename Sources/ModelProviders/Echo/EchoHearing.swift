import MoltBotCore

/// What the echo model understood of a call.
struct EchoHearing {
    private static let dimensions = 8

    let text: String
    private let inputs: [String]

    init(_ content: TaskRequest.Content) {
        switch content {
        case .prompt(let prompt):
            text = prompt
            inputs = [prompt]
        case .messages(let messages):
            let last = messages.last { $0["role"] == "user" } ?? messages.last ?? .null
            text = Self.text(of: last["content"] ?? .null)
            inputs = [text]
        case .input(let input):
            inputs = Self.inputs(input)
            text = inputs.joined(separator: " ")
        }
    }

    var words: Int { text.split(whereSeparator: \.isWhitespace).count }

    /// The words, each with the space before it: joined they are the text.
    var pieces: [String] {
        text.split(separator: " ", omittingEmptySubsequences: false).enumerated().map { ($0 == 0 ? "" : " ") + $1 }.filter { !$0.isEmpty }
    }

    func embeddings(model: String) -> ModelAnswer {
        let vectors: [JSONValue] = inputs.enumerated().map { index, input in
            ["object": "embedding", "index": .integer(Int64(index)), "embedding": .array(Self.vector(of: input))]
        }
        return ModelAnswer(text: nil, message: .array(vectors), usage: Usage(inputTokens: words), providerModel: model)
    }

    private static func text(of content: JSONValue) -> String {
        content.stringValue ?? (content.arrayValue ?? []).compactMap { $0["text"]?.stringValue }.joined(separator: " ")
    }

    /// A list of numbers is one input, the tokens of a text; a list of anything else has one input each.
    private static func inputs(_ input: JSONValue) -> [String] {
        guard let elements = input.arrayValue else { return [input.stringValue ?? input.description] }
        if elements.allSatisfy({ $0.integerValue != nil }) { return [input.description] }
        return elements.map { $0.stringValue ?? $0.description }
    }

    /// Numbers between -1 and 1 that depend on the text alone.
    private static func vector(of text: String) -> [JSONValue] {
        (0..<dimensions).map { .number(Double(hash("\($0) \(text)") >> 11) / Double(1 << 52) - 1) }
    }

    /// FNV-1a, 64 bits, with a final mix: the same in every process, unlike `Hasher`.
    static func hash(_ text: String) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        hash = (hash ^ (hash >> 33)) &* 0xFF51_AFD7_ED55_8CCD
        return hash ^ (hash >> 33)
    }
}
