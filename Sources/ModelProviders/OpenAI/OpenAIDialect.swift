import CurlHTTP
import MoltBotCore

/// OpenAI's chat completions and embeddings, wherever they are.
struct OpenAIDialect: WireDialect {
    enum Place: Sendable {
        /// Chat completions and embeddings under one base URL; the body names the model.
        case base(String)
        /// Azure's first API: the path names the deployment.
        case azureDeployments(ProviderURL, apiVersion: String)
    }

    let place: Place
    /// Nil for bearer tokens.
    var keyHeader: String?

    var framing: StreamFraming { .serverSentEvents }

    func request(for call: ModelCall) throws(ModelError) -> WireRequest {
        let path = call.content.operation == .chat ? "/chat/completions" : "/embeddings"
        let url =
            switch place {
            case .base(let root): root + path
            case .azureDeployments(let base, let version):
                base.appending("/openai/deployments/\(try ProviderURL.segment(call.model))\(path)?api-version=\(version)")
            }
        return WireRequest(url: url, body: OpenAIRequestBody.encode(call, isNamedByUser: keyHeader != nil))
    }

    func authorize(_ headers: inout HTTPHeaders, with authorization: ModelAuthorization) {
        authorize(&headers, with: authorization, keyHeader: keyHeader)
    }

    func fault(in document: JSONValue, status: Int) -> WireFault? {
        OpenAIFault.read(document, status: status)
    }

    func answer(_ document: JSONValue, to call: ModelCall) throws(WireFault) -> ModelAnswer {
        switch call.content.operation {
        case .chat: try OpenAIAnswer.chatCompletion(document, naming: .unique())
        case .embedding: try OpenAIAnswer.embeddings(document)
        }
    }

    func stream(for call: ModelCall) -> OpenAIStream { OpenAIStream(naming: .unique()) }
}
