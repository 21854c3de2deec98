import CurlHTTP
import MoltBotCore

struct GeminiDialect: WireDialect {
    let root: String

    var framing: StreamFraming { .serverSentEvents }

    func request(for call: ModelCall) throws(ModelError) -> WireRequest {
        let name = call.model.hasPrefix("models/") ? String(call.model.dropFirst("models/".count)) : call.model
        let model = "\(root)/models/\(try ProviderURL.segment(name))"
        switch call.content {
        case .input(let input):
            let body = try GeminiEmbeddings.body(input, model: name, call.parameters)
            return WireRequest(url: "\(model):batchEmbedContents", body: body.encode())
        case .prompt, .messages:
            // Without `alt=sse` the stream is one long JSON array.
            let method = call.isStreamed ? "streamGenerateContent?alt=sse" : "generateContent"
            return WireRequest(url: "\(model):\(method)", body: try GeminiRequestBody(call).encoded().encode())
        }
    }

    func authorize(_ headers: inout HTTPHeaders, with authorization: ModelAuthorization) {
        authorize(&headers, with: authorization, keyHeader: "x-goog-api-key")
    }

    func fault(in document: JSONValue, status: Int) -> WireFault? {
        GeminiFault.read(document, status: status)
    }

    func answer(_ document: JSONValue, to call: ModelCall) throws(WireFault) -> ModelAnswer {
        guard call.content.operation == .chat else { return try GeminiEmbeddings.answer(document, model: call.model) }
        var stream = stream(for: call)
        _ = try stream.receive(document)
        guard stream.hasBegun else { throw .incomplete("candidates", document) }
        return try stream.answer()
    }

    func stream(for call: ModelCall) -> GeminiStream { GeminiStream(naming: .unique()) }
}
