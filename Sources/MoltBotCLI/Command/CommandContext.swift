import Logging
import MoltBotConfig

/// What a command works with.
struct CommandContext: Sendable {
    let settings: Settings
    let console: Console
    let logger: Logger

    /// The broker that the settings name, else the running private broker.
    /// - Throws: ``CommandFailure`` that says how to get a broker when there is none.
    func broker() async throws -> BrokerAddress {
        try await BrokerAddress.resolve(settings, logger: logger)
    }

    /// Like ``broker()``, and connects to it once: so that a wrong password or a broker that is down is told within seconds,
    /// instead of being tried again for ever by a client that reconnects.
    func reachableBroker() async throws -> BrokerAddress {
        let broker = try await broker()
        try await broker.probe(logger: logger)
        return broker
    }
}
