import CurlHTTP
import MoltBotCore

/// What differs between providers: the words, not the carrying of bytes. Pure.
protocol WireDialect: Sendable {
    associatedtype Stream: AnswerStream

    /// How this provider cuts a stream into events, and the media type it announces that with.
    var framing: StreamFraming { get }

    /// - Throws: ``ModelError/Kind/invalidRequest`` when the provider cannot do what the task asks for.
    func request(for call: ModelCall) throws(ModelError) -> WireRequest

    /// Puts the credential where this provider wants it.
    func authorize(_ headers: inout HTTPHeaders, with authorization: ModelAuthorization)

    /// What went wrong, when the document says that something did.
    ///
    /// - Parameter status: 200 also for events of a stream and for careless gateways.
    func fault(in document: JSONValue, status: Int) -> WireFault?

    func answer(_ document: JSONValue, to call: ModelCall) throws(WireFault) -> ModelAnswer

    func stream(for call: ModelCall) -> Stream
}

extension WireDialect {
    func authorize(_ headers: inout HTTPHeaders, with authorization: ModelAuthorization) {
        authorize(&headers, with: authorization, keyHeader: nil)
    }

    /// - Parameter keyHeader: The provider's own header for keys; nil sends them as bearer tokens.
    func authorize(_ headers: inout HTTPHeaders, with authorization: ModelAuthorization, keyHeader: String?) {
        switch (authorization, keyHeader) {
        case (.none, _): break
        case (.apiKey(let key), let header?): headers.set(name: header, value: key.reveal())
        case (.apiKey(let secret), nil), (.bearer(let secret), _):
            headers.set(name: "Authorization", value: "Bearer \(secret.reveal())")
        }
    }
}

/// A call in the provider's words.
struct WireRequest {
    var url: String
    var body: [UInt8]
}

/// Puts a streamed answer together: events in, pieces of text out, the whole answer at the end.
protocol AnswerStream {
    /// Whether anything of an answer has come.
    var hasBegun: Bool { get }
    /// Whether the model has said why it stopped; what may still come is usage.
    var isFinished: Bool { get }
    /// Whether the last event has come, after which a failure of the connection does not matter.
    var isTerminated: Bool { get }

    /// - Returns: The text since the piece before; nil when the event has none.
    mutating func receive(_ event: JSONValue) throws(WireFault) -> String?

    func answer() throws(WireFault) -> ModelAnswer
}
