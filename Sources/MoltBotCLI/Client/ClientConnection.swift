import MoltBotMessaging

extension CommandContext {
    /// Connects to the broker, or says within seconds why not, and runs `body`; Ctrl-C cancels it and lets it end in an orderly way.
    func withBroker<Result: Sendable>(_ body: @escaping @Sendable (BrokerSession) async throws -> Result) async throws -> Result {
        try await withBroker(try await reachableBroker(), body)
    }

    /// Like ``withBroker(_:)``, for a broker that has been reached already.
    func withBroker<Result: Sendable>(
        _ broker: BrokerAddress, _ body: @escaping @Sendable (BrokerSession) async throws -> Result
    ) async throws -> Result {
        let session = BrokerSession(configuration: broker.configuration, role: "client", logger: logger)
        return try await session.withConnections {
            try await Interruption.run { try await body(session) }
        }
    }
}
