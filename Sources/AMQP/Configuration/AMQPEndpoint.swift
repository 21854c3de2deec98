internal import Foundation

/// One broker address with its credentials and limits, as an AMQP URL states it.
public struct AMQPEndpoint: Sendable, Hashable {
    public var host: String
    public var port: Int
    public var virtualHost: String
    public var credentials: AMQPCredentials
    /// Nil for plain TCP.
    public var tls: AMQPTLS?
    /// Seconds between heartbeats that this side asks for; 0 turns them off. The broker may ask for less.
    public var heartbeat: UInt16
    /// Channels that this side allows; 0 leaves it to the broker.
    public var channelMax: UInt16
    /// Bytes of a frame that this side allows, 4,096 to 131,072.
    public var frameMax: UInt32
    /// For name look-up, TCP, TLS and the AMQP handshake together.
    public var connectionTimeout: Duration

    public init(
        host: String, port: Int? = nil, virtualHost: String = "/",
        credentials: AMQPCredentials = .plain(user: "guest", password: "guest"), tls: AMQPTLS? = nil, heartbeat: UInt16 = 30,
        channelMax: UInt16 = 2047, frameMax: UInt32 = 131_072, connectionTimeout: Duration = .seconds(10)
    ) {
        self.host = host
        self.port = port ?? (tls == nil ? 5672 : 5671)
        self.virtualHost = virtualHost
        self.credentials = credentials
        self.tls = tls
        self.heartbeat = heartbeat
        self.channelMax = channelMax
        self.frameMax = frameMax
        self.connectionTimeout = connectionTimeout
    }

    /// Reads `amqp://user:password@host:port/vhost?heartbeat=30` (or `amqps`), percent-encoded as RabbitMQ's URI specification says
    /// (<https://www.rabbitmq.com/docs/uri-spec>). An absent or empty path is virtual host `/`.
    ///
    /// Query parameters (<https://www.rabbitmq.com/docs/uri-query-parameters>): `heartbeat` in seconds, `connection_timeout` in
    /// milliseconds, `channel_max`, `frame_max` in bytes, `auth_mechanism` (`plain`, `external`), `cacertfile`, `certfile`, `keyfile`,
    /// `verify` (`verify_peer`, `verify_none`), `server_name_indication`.
    public init(url: String) throws(AMQPError) {
        guard let components = URLComponents(string: url), let scheme = components.scheme?.lowercased(), ["amqp", "amqps"].contains(scheme)
        else {
            throw AMQPError(.invalidURL, "a broker URL looks like amqp://user:password@host:5672/vhost; percent-encode / as %2F, @ as %40")
        }
        guard var host = components.host, !host.isEmpty else {
            throw AMQPError(.invalidURL, "the broker URL names no host; it looks like amqp://user:password@host:5672/vhost")
        }
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        let path = components.percentEncodedPath.dropFirst()
        guard !path.contains("/") else {
            throw AMQPError(.invalidURL, "the virtual host in a broker URL is one path segment; write a / in its name as %2F")
        }
        guard let virtualHost = String(path).removingPercentEncoding else {
            throw AMQPError(.invalidURL, "the virtual host in the broker URL is not valid percent-encoding")
        }
        guard (1...65535).contains(components.port ?? 5672) else {
            throw AMQPError(.invalidURL, "the port in a broker URL is a number from 1 to 65535")
        }
        self.init(
            host: host, port: components.port, virtualHost: virtualHost.isEmpty ? "/" : virtualHost,
            credentials: .plain(user: components.user ?? "guest", password: components.password ?? "guest"),
            tls: scheme == "amqps" ? AMQPTLS() : nil)
        for item in components.queryItems ?? [] { try apply(item.name, item.value ?? "") }
    }

    /// Throws for what would not survive the wire. The properties are open to anyone, so it is asked before each use.
    func validate() throws(AMQPError) {
        func check(_ isValid: Bool, _ rule: String) throws(AMQPError) {
            if !isValid { throw AMQPError(.invalidConfiguration, "broker at \(host): \(rule)") }
        }
        try check(!host.isEmpty && !host.utf8.contains(0), "the host needs a name")
        try check((1...65535).contains(port), "the port is a number from 1 to 65535")
        try check(virtualHost.utf8.count <= 255, "the virtual host has at most 255 bytes")
        try check(Self.frameSizes.contains(frameMax), "frameMax is a number of bytes, 4096 to 131072")
        try check(connectionTimeout > .zero, "connectionTimeout is longer than nothing")
    }

    private static let frameSizes: ClosedRange<UInt32> = 4096...131_072

    private mutating func apply(_ name: String, _ value: String) throws(AMQPError) {
        func number<Number: FixedWidthInteger>(_ range: ClosedRange<Number>, _ unit: String) throws(AMQPError) -> Number {
            guard let number = Number(value), range.contains(number) else {
                throw AMQPError(.invalidURL, "broker URL: \(name) is \(unit), \(range.lowerBound) to \(range.upperBound)")
            }
            return number
        }
        switch name {
        case "heartbeat": heartbeat = try number(0...3600, "a number of seconds")
        case "channel_max": channelMax = try number(0...65535, "a number of channels")
        case "frame_max": frameMax = try number(Self.frameSizes, "a number of bytes")
        case "connection_timeout": connectionTimeout = .milliseconds(try number(1...600_000, "a number of milliseconds") as Int)
        case "auth_mechanism": try applyMechanism(value)
        default: try applyTLS(name, value)
        }
    }

    private mutating func applyMechanism(_ value: String) throws(AMQPError) {
        switch value.lowercased() {
        case "external": credentials = .external
        case "plain": break
        default: throw AMQPError(.invalidURL, "broker URL: auth_mechanism is plain or external")
        }
    }

    private mutating func applyTLS(_ name: String, _ value: String) throws(AMQPError) {
        guard ["cacertfile", "certfile", "keyfile", "verify", "server_name_indication"].contains(name) else {
            throw AMQPError(
                .invalidURL,
                "broker URL: unknown parameter \(name); known: heartbeat, connection_timeout, channel_max, frame_max, auth_mechanism, cacertfile, certfile, keyfile, verify, server_name_indication"
            )
        }
        guard var tls else { throw AMQPError(.invalidURL, "broker URL: \(name) needs the scheme amqps") }
        switch name {
        case "cacertfile": tls.caFile = value
        case "certfile": tls.certificateFile = value
        case "keyfile": tls.keyFile = value
        case "server_name_indication": tls.serverName = value
        default:
            guard ["verify_peer", "verify_none"].contains(value) else {
                throw AMQPError(.invalidURL, "broker URL: verify is verify_peer or verify_none")
            }
            tls.verifiesPeer = value == "verify_peer"
        }
        self.tls = tls
    }

    /// Scheme, host, port and virtual host: what may be shown to anyone.
    public var redacted: String {
        let address = host.contains(":") ? "[\(host)]" : host
        let path = virtualHost == "/" ? "" : "/" + (virtualHost.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")
        return "\(tls == nil ? "amqp" : "amqps")://\(address):\(port)\(path)"
    }
}
