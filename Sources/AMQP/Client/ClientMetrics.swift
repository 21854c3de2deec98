internal import Metrics

/// The client's instruments. Labels are bounded: connection name and error code.
struct ClientMetrics {
    private let name: String
    private let connections: Counter
    private let failures: Counter
    private let isConnected: Gauge
    private let confirmTime: Timer

    init(connectionName: String) {
        name = connectionName
        let dimensions = [("connection", connectionName)]
        connections = Counter(label: "amqp.connections", dimensions: dimensions)
        failures = Counter(label: "amqp.connection.failures", dimensions: dimensions)
        isConnected = Gauge(label: "amqp.connected", dimensions: dimensions)
        confirmTime = Timer(label: "amqp.publish.confirm.duration", dimensions: dimensions)
    }

    func connected(_ endpoint: String) {
        connections.increment()
        isConnected.record(1)
    }

    func disconnected() { isConnected.record(0) }
    func attemptFailed() { failures.increment() }

    func published(_ time: Duration) {
        let (seconds, attoseconds) = time.components
        confirmTime.recordNanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }

    func publishFailed(_ error: AMQPError) {
        Counter(label: "amqp.publish.failures", dimensions: [("connection", name), ("code", error.code.description)]).increment()
    }
}
