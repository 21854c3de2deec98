import CurlHTTP
import MoltBotCore

struct AnthropicDialect: WireDialect {
    let root: String
    let defaultMaxTokens: Int

    var framing: StreamFraming { .serverSentEvents }

    func request(for call: ModelCall) throws(ModelError) -> WireRequest {
        guard call.content.operation == .chat else {
            throw ModelError(.invalidRequest, message: "Anthropic has no embeddings; choose a model of another provider for \"input\"")
        }
        let body = try AnthropicRequestBody(call, defaultMaxTokens: defaultMaxTokens).encoded()
        return WireRequest(url: root + "/messages", body: body.encode())
    }

    func authorize(_ headers: inout HTTPHeaders, with authorization: ModelAuthorization) {
        authorize(&headers, with: authorization, keyHeader: "x-api-key")
    }

    func fault(in document: JSONValue, status: Int) -> WireFault? {
        AnthropicFault.read(document, status: status)
    }

    func answer(_ document: JSONValue, to call: ModelCall) throws(WireFault) -> ModelAnswer {
        guard let blocks = document["content"]?.arrayValue else { throw .incomplete("content", document) }
        var content = AnthropicContent(isJSONToolText: AnthropicRequestBody.answersThroughTool(call))
        for (index, block) in blocks.enumerated() { content.begin(index, block) }
        return try content.message.answer(
            finishReason: content.finishReason(document["stop_reason"]), usage: AnthropicUsage(document["usage"]).usage,
            model: document["model"]?.stringValue)
    }

    func stream(for call: ModelCall) -> AnthropicStream {
        AnthropicStream(isJSONToolText: AnthropicRequestBody.answersThroughTool(call))
    }
}
