import MoltBotCore

/// Embeddings in Gemini's form, always as a batch.
enum GeminiEmbeddings {
    static func body(_ input: JSONValue, model: String, _ parameters: TaskParameters) throws(ModelError) -> JSONValue {
        var settings = parameters.native
        settings["model"] = .string("models/\(model)")
        if let dimensions = parameters.given("dimensions") { settings["outputDimensionality"] = dimensions }
        let requests = try EmbeddingInput.texts(input, provider: "Gemini").map { text in
            JSONValue.object(settings.merging(["content": ["parts": [["text": .string(text)]]]]) { _, content in content })
        }
        return ["requests": .array(requests)]
    }

    static func answer(_ document: JSONValue, model: String) throws(WireFault) -> ModelAnswer {
        guard let embeddings = document["embeddings"]?.arrayValue, !embeddings.isEmpty,
            embeddings.allSatisfy({ $0["values"]?.arrayValue != nil })
        else { throw .incomplete("embeddings with values", document) }
        return .embeddings(
            embeddings.compactMap { $0["values"] }, usage: GeminiUsage.read(document["usageMetadata"]),
            model: document["modelVersion"]?.stringValue ?? model)
    }
}
