import AMQP
import Logging
import MoltBotConfig
import PrivateBroker

/// The broker that a command uses.
struct BrokerAddress: Sendable {
    let configuration: AMQPConfiguration
    /// With credentials: never shown. Nil when it is not known.
    let managementURL: String?
    /// How long this broker lets a delivery stay unacknowledged, if it is one whose configuration is known.
    let knownConsumerTimeout: Duration?

    /// Connecting takes milliseconds; who waits at a terminal shall not wait for the default of 10 s.
    private static let probeTimeout = Duration.seconds(4)

    static func resolve(_ settings: Settings, logger: Logger) async throws -> BrokerAddress {
        if let url = settings.broker.url {
            return BrokerAddress(
                configuration: try AMQPConfiguration(urls: url.reveal(), connectionName: "moltbot"),
                managementURL: settings.broker.managementURL?.reveal(), knownConsumerTimeout: nil)
        }
        switch await PrivateBroker(stateDirectory: settings.stateDirectory, logger: logger).status() {
        case .running(let broker):
            return try BrokerAddress(broker)
        case .notResponding(let pid):
            throw CommandFailure(
                .unavailable, "the private broker in \(settings.stateDirectory) (process \(pid)) does not answer",
                remedy: "It may be starting; else end it with `moltbot broker stop` and start it again.")
        case .stopped:
            throw CommandFailure(
                .unavailable, "no broker: none is named, and no private broker runs in \(settings.stateDirectory)",
                remedy: "Start one with `moltbot up` or `moltbot broker start`, or name one with --broker-url or MOLTBOT_BROKER_URL.")
        }
    }

    init(_ broker: RunningBroker) throws(AMQPError) {
        configuration = try AMQPConfiguration(urls: broker.amqpURL, connectionName: "moltbot")
        managementURL = broker.managementURL
        knownConsumerTimeout = broker.consumerTimeout
    }

    private init(configuration: AMQPConfiguration, managementURL: String?, knownConsumerTimeout: Duration?) {
        self.configuration = configuration
        self.managementURL = managementURL
        self.knownConsumerTimeout = knownConsumerTimeout
    }

    /// Connects, logs in and leaves.
    /// - Throws: ``AMQPError`` that names each address tried.
    func probe(logger: Logger) async throws {
        var configuration = configuration
        for index in configuration.endpoints.indices {
            configuration.endpoints[index].connectionTimeout = min(configuration.endpoints[index].connectionTimeout, Self.probeTimeout)
        }
        try await AMQPConnection.withConnection(configuration: configuration, logger: logger) { _ in }
    }

    /// The addresses, without credentials.
    var redacted: String { configuration.endpoints.map(\.redacted).joined(separator: ", ") }
}
