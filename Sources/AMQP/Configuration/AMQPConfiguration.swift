public import NIOCore

/// How to reach a broker, or one of several that hold the same data.
public struct AMQPConfiguration: Sendable {
    /// Tried in order; the next one when one fails. Never empty.
    public var endpoints: [AMQPEndpoint]
    /// Shown in the broker's list of connections.
    public var connectionName: String
    /// Added to those that the client sends by itself.
    public var clientProperties: AMQPTable
    /// How long a publish may wait: for a connection, for an alarm to end, for its confirm.
    public var publishTimeout: Duration
    /// How long a synchronous method may wait for its answer. The connection is closed after that: its state is unknown.
    public var callTimeout: Duration
    /// Publishes of one channel that may wait for a confirm at once; further ones wait their turn.
    public var maximumUnconfirmed: Int
    /// Bytes of the largest body to publish; RabbitMQ's own limit is 128 MiB unless its `max_message_size` says otherwise.
    public var maximumMessageSize: Int
    public var reconnect: AMQPBackoff
    /// Where the connection lives; nil lets NIO choose one of the process's own loops.
    public var eventLoop: (any EventLoop)?

    public init(
        endpoints: [AMQPEndpoint], connectionName: String = "amqp", clientProperties: AMQPTable = [:],
        publishTimeout: Duration = .seconds(30), callTimeout: Duration = .seconds(30), maximumUnconfirmed: Int = 8192,
        maximumMessageSize: Int = 128 << 20, reconnect: AMQPBackoff = .init()
    ) throws(AMQPError) {
        guard !endpoints.isEmpty else { throw AMQPError(.invalidConfiguration, "no broker URL given") }
        self.endpoints = endpoints
        self.connectionName = connectionName
        self.clientProperties = clientProperties
        self.publishTimeout = publishTimeout
        self.callTimeout = callTimeout
        self.maximumUnconfirmed = max(1, maximumUnconfirmed)
        self.maximumMessageSize = maximumMessageSize
        self.reconnect = reconnect
    }

    /// Reads one URL, or several separated by commas.
    public init(urls: String, connectionName: String = "amqp") throws(AMQPError) {
        var endpoints: [AMQPEndpoint] = []
        for url in urls.split(separator: ",") { endpoints.append(try AMQPEndpoint(url: trimmed(url))) }
        try self.init(endpoints: endpoints, connectionName: connectionName)
    }

    var allClientProperties: AMQPTable {
        let own: AMQPTable = [
            "product": "MoltBot AMQP client", "platform": "Swift", "connection_name": .string(connectionName),
            // Without these the broker does not announce alarms or lost consumers, and hangs up on a wrong password without a reason.
            "capabilities": .table([
                "consumer_cancel_notify": true, "connection.blocked": true, "basic.nack": true, "publisher_confirms": true,
                "exchange_exchange_bindings": true, "authentication_failure_close": true,
            ]),
        ]
        return own.merging(clientProperties) { own, _ in own }
    }
}

private func trimmed(_ text: Substring) -> String {
    String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
}

/// Delays between attempts to connect: they double from ``initial`` to ``maximum``, each shortened by a random part of up to
/// ``jitter``, so that a restarted broker is not met by all its clients at once.
public struct AMQPBackoff: Sendable {
    public var initial: Duration
    public var maximum: Duration
    /// 0 to 1.
    public var jitter: Double

    public init(initial: Duration = .milliseconds(200), maximum: Duration = .seconds(3), jitter: Double = 0.5) {
        self.initial = initial
        self.maximum = maximum
        self.jitter = jitter
    }

    private static let shortest = Duration.milliseconds(1)
    private static let longest = Duration.seconds(86_400)

    /// The delay before the attempt that follows `failures` failed ones.
    func delay(after failures: Int, using generator: inout some RandomNumberGenerator) -> Duration {
        // The settings are open to anyone: no value of theirs may overflow, or make the loop that waits here spin.
        let ceiling = min(max(maximum, Self.shortest), Self.longest)
        let doubled = min(max(initial, Self.shortest), ceiling) * (1 << min(max(failures - 1, 0), 16))
        let spread = jitter > 0 ? min(jitter, 1) : 0
        return max(min(doubled, ceiling) * (1 - Double.random(in: 0...spread, using: &generator)), Self.shortest)
    }
}
