import MoltBotCore

/// What to embed, for providers that take texts only.
enum EmbeddingInput {
    /// - Throws: ``ModelError/Kind/invalidRequest`` for token numbers: they mean something to one model's tokenizer alone.
    static func texts(_ input: JSONValue, provider: String) throws(ModelError) -> [String] {
        if let text = input.stringValue { return [text] }
        let texts = (input.arrayValue ?? []).compactMap(\.stringValue)
        guard !texts.isEmpty, texts.count == input.arrayValue?.count else {
            throw .refusal("input", expected: "a string or an array of strings, because \(provider) embeds no token numbers", got: input)
        }
        return texts
    }
}
