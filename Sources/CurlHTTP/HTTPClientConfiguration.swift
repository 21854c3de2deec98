/// What all exchanges of one client have in common.
public struct HTTPClientConfiguration: Sendable {
    /// Which versions to speak.
    public enum Version: Sendable, Hashable {
        /// HTTP/1.1 only.
        case http1
        /// HTTP/2 where TLS negotiates it (ALPN), HTTP/1.1 otherwise and on plain `http://`.
        case http2
        /// HTTP/2 from the first byte, on plain `http://` too (h2c); for peers known to speak it.
        case http2PriorKnowledge
    }

    /// Where to send requests.
    public enum Proxy: Sendable, Hashable {
        /// Straight to the server, whatever the environment says.
        case none
        /// What `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy` say.
        case environment
        /// Everything through this proxy (`http://`, `https://`, `socks5h://` ...).
        case url(String)
    }

    /// Connections open at one time, idle ones included; transfers beyond that wait for one. Of the default, a client with fewer than a
    /// hundred transfers at a time keeps up to 157.
    public var maximumConnections: Int

    /// Connections to one host and port at one time; nil leaves only the total.
    public var maximumConnectionsPerHost: Int?

    public var httpVersion: Version

    public var proxy: Proxy

    /// A PEM file of authorities to trust instead of the system's.
    public var caFile: String?

    /// PEM text of authorities to trust instead of the system's; goes before `caFile`.
    public var caBytes: [UInt8]?

    /// Whether a server must prove its name with a certificate. Turn off for tests on loopback only.
    public var verifiesPeer: Bool

    public var userAgent: String

    /// Asked for each address before it is dialled, so a name that resolves differently the second time cannot get around it. Not asked
    /// for a connection that is used again. With a proxy, the address is the proxy's. Runs on the client's thread: it must not block.
    public var addressPolicy: (@Sendable (RemoteAddress) -> Bool)?

    public init(
        maximumConnections: Int = 10_000,
        maximumConnectionsPerHost: Int? = nil,
        httpVersion: Version = .http2,
        proxy: Proxy = .none,
        caFile: String? = nil,
        caBytes: [UInt8]? = nil,
        verifiesPeer: Bool = true,
        userAgent: String = "curl-http",
        addressPolicy: (@Sendable (RemoteAddress) -> Bool)? = nil
    ) {
        self.maximumConnections = maximumConnections
        self.maximumConnectionsPerHost = maximumConnectionsPerHost
        self.httpVersion = httpVersion
        self.proxy = proxy
        self.caFile = caFile
        self.caBytes = caBytes
        self.verifiesPeer = verifiesPeer
        self.userAgent = userAgent
        self.addressPolicy = addressPolicy
    }
}
