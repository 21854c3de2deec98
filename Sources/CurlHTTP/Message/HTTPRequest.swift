public import NIOCore

/// One request. Nothing is checked until it is executed.
public struct HTTPRequest: Sendable {
    /// An HTTP token, sent as written.
    public var method: String

    /// An absolute `http://` or `https://` URL, already percent-encoded. A user name and password in it become Basic authentication.
    public var url: String

    /// Sent as given. `Content-Length` and `Transfer-Encoding` are refused: they follow from `body`.
    public var headers: HTTPHeaders

    /// Sent with a `Content-Length`; `nil` sends none, except for POST, PUT and PATCH, which then announce an empty body.
    public var body: ByteBuffer?

    public var timeouts: HTTPTimeouts

    /// The largest body to accept, in bytes; a longer one ends the exchange with ``HTTPError/Code/tooLarge`` and closes its connection.
    public var maximumResponseBytes: Int

    public init(
        method: String = "GET",
        url: String,
        headers: HTTPHeaders = [:],
        body: ByteBuffer? = nil,
        timeouts: HTTPTimeouts = HTTPTimeouts(),
        maximumResponseBytes: Int = 32 * 1024 * 1024
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeouts = timeouts
        self.maximumResponseBytes = maximumResponseBytes
    }

    /// The same with a body copied out of an array.
    public init(
        method: String = "POST",
        url: String,
        headers: HTTPHeaders = [:],
        body: [UInt8],
        timeouts: HTTPTimeouts = HTTPTimeouts(),
        maximumResponseBytes: Int = 32 * 1024 * 1024
    ) {
        self.init(
            method: method, url: url, headers: headers, body: ByteBuffer(bytes: body), timeouts: timeouts,
            maximumResponseBytes: maximumResponseBytes)
    }
}
