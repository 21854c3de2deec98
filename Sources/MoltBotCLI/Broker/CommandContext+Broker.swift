import AMQP
import MoltBotConfig
import PrivateBroker

extension CommandContext {
    /// The private broker of the state folder, running or not.
    var privateBroker: PrivateBroker {
        PrivateBroker(stateDirectory: settings.stateDirectory, logger: logger)
    }

    /// - Throws: ``CommandFailure`` that says how to get a broker when this one does not run.
    func runningPrivateBroker() async throws(CommandFailure) -> RunningBroker {
        switch await privateBroker.status() {
        case .running(let broker):
            return broker
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

    /// The broker that the settings name, else the running private broker.
    /// - Throws: ``CommandFailure`` that says how to get a broker when there is none.
    func broker() async throws -> BrokerAddress {
        if let named = try BrokerAddress(named: settings) { return named }
        return try BrokerAddress(private: await runningPrivateBroker())
    }

    /// Like ``broker()``, and connects to it once: so that a wrong password or a broker that is down is told within seconds,
    /// instead of being tried again for ever by a client that reconnects.
    func reachableBroker() async throws -> BrokerAddress {
        let broker = try await broker()
        try await broker.probe(logger: logger)
        return broker
    }
}
