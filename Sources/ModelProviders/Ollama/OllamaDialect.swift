import CurlHTTP
import MoltBotCore

struct OllamaDialect: WireDialect {
    let root: String
    let contextTokens: Int?

    var framing: StreamFraming { .lines }

    func request(for call: ModelCall) throws(ModelError) -> WireRequest {
        switch call.content {
        case .input(let input):
            return WireRequest(url: root + "/embed", body: try OllamaRequestBody.embedding(input, call, contextTokens).encode())
        case .prompt, .messages:
            return WireRequest(url: root + "/chat", body: try OllamaRequestBody.chat(call, contextTokens).encode())
        }
    }

    func fault(in document: JSONValue, status: Int) -> WireFault? {
        guard let error = document["error"], !error.isNull else {
            return status == 200 ? nil : OpenAIFault.read(document, status: status)
        }
        let message = error.stringValue ?? error["message"]?.stringValue ?? error.description
        let byStatus = status == 200 ? ModelError.Kind.serverError : ModelError.Kind(httpStatus: status)
        return WireFault(FaultWording.kind(of: message) ?? byStatus, message)
    }

    func answer(_ document: JSONValue, to call: ModelCall) throws(WireFault) -> ModelAnswer {
        guard call.content.operation == .chat else { return try embeddings(document) }
        var stream = stream(for: call)
        _ = stream.receive(document)
        guard stream.hasBegun else { throw .incomplete("message", document) }
        return try stream.answer()
    }

    func stream(for call: ModelCall) -> OllamaStream { OllamaStream(naming: .unique()) }

    private func embeddings(_ document: JSONValue) throws(WireFault) -> ModelAnswer {
        guard let vectors = document["embeddings"]?.arrayValue, !vectors.isEmpty else { throw .incomplete("embeddings", document) }
        return .embeddings(vectors, usage: OllamaUsage.read(document), model: document["model"]?.stringValue)
    }
}
