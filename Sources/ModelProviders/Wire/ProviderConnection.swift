import CurlHTTP
import MoltBotCore
import NIOCore

/// Carries calls to one provider and its answers back, in the provider's dialect.
struct ProviderConnection<Dialect: WireDialect>: Sendable {
    let dialect: Dialect
    private let client: HTTPClient
    private let headers: HTTPHeaders
    /// For calls that bring none.
    private let authorization: ModelAuthorization
    private let maximumResponseBytes: Int

    /// - Parameters:
    ///   - headers: Sent with each request; they go before the dialect's own.
    ///   - maximumResponseBytes: Of a whole answer, streamed or not: what bounds the memory of a call.
    init(
        _ dialect: Dialect, client: HTTPClient, authorization: ModelAuthorization, headers: [String: String], maximumResponseBytes: Int,
        own: [String: String] = [:]
    ) {
        self.dialect = dialect
        self.client = client
        self.authorization = authorization
        self.maximumResponseBytes = maximumResponseBytes
        var all: HTTPHeaders = ["Content-Type": "application/json"]
        for (name, value) in own { all.set(name: name, value: value) }
        for (name, value) in headers { all.set(name: name, value: value) }
        self.headers = all
    }

    func complete(_ call: ModelCall, onDelta: DeltaHandler?) async throws(ModelError) -> ModelAnswer {
        let exchange = try exchange(for: call)
        return call.isStreamedChat ? try await exchange.stream(onDelta) : try await exchange.execute()
    }

    /// Apart from the wait for the answer, so that its frame stays small.
    @inline(never)
    private func exchange(for call: ModelCall) throws(ModelError) -> ProviderExchange<Dialect> {
        let authorization = call.authorization == .none ? authorization : call.authorization
        let message = try dialect.request(for: call)
        var headers = headers
        dialect.authorize(&headers, with: authorization)
        let request = HTTPRequest(
            method: "POST", url: message.url, headers: headers, body: ByteBuffer(bytes: message.body),
            timeouts: HTTPTimeouts(total: call.timeout), maximumResponseBytes: maximumResponseBytes)
        return ProviderExchange(request, client: client, dialect: dialect, call: call, secret: authorization.secret)
    }
}
