import MoltBotMessaging

extension CommandContext {
    /// Connects to the broker, or says within seconds why not, and runs `body`; Ctrl-C cancels it and lets it end in an orderly way.
    func withBroker<Result: Sendable>(_ body: @escaping @Sendable (BrokerSession) async throws -> Result) async throws -> Result {
        let session = BrokerSession(configuration: try await reachableBroker().configuration, role: "client", logger: logger)
        return try await session.withConnections {
            try await Interruption.run { try await body(session) }
        }
    }
}
