public import NIOCore

/// The version a response came in.
public enum HTTPVersion: String, Sendable, Hashable {
    case http10 = "HTTP/1.0"
    case http11 = "HTTP/1.1"
    case http2 = "HTTP/2"
}

/// What comes before the body. Interim (1xx) responses and trailers are not reported.
public struct HTTPResponseHead: Sendable {
    public var status: Int
    public var httpVersion: HTTPVersion
    public var headers: HTTPHeaders

    public init(status: Int, httpVersion: HTTPVersion, headers: HTTPHeaders) {
        self.status = status
        self.httpVersion = httpVersion
        self.headers = headers
    }
}

/// A whole response. Any status is a response, 4xx and 5xx too; redirects are not followed.
public struct HTTPResponse: Sendable {
    public var status: Int
    public var httpVersion: HTTPVersion
    public var headers: HTTPHeaders
    public var body: ByteBuffer
    /// False only if the caller accepts a partial body and there was more to come.
    public var isComplete: Bool

    public init(head: HTTPResponseHead, body: ByteBuffer, isComplete: Bool = true) {
        status = head.status
        httpVersion = head.httpVersion
        headers = head.headers
        self.body = body
        self.isComplete = isComplete
    }
}
