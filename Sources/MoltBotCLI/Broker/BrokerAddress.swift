import AMQP
import Logging
import MoltBotConfig
import MoltBotCore
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

    /// The broker that the settings name; nil when they name none.
    init?(named settings: Settings) throws(CommandFailure) {
        guard let url = settings.broker.url else { return nil }
        do throws(AMQPError) {
            configuration = try AMQPConfiguration(urls: url.reveal(), connectionName: "moltbot")
        } catch {
            let place = settings.place(of: .brokerURL)
            throw CommandFailure(.configuration, "\(SettingKey.brokerURL.name) (from \(place)) can't be used: \(error.message)")
        }
        managementURL = settings.broker.managementURL?.reveal()
        knownConsumerTimeout = nil
    }

    init(private broker: RunningBroker) throws(AMQPError) {
        configuration = try AMQPConfiguration(urls: broker.amqpURL, connectionName: "moltbot")
        managementURL = broker.managementURL
        knownConsumerTimeout = broker.consumerTimeout
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
