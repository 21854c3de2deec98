import AMQP
import CurlHTTP
import MoltBotMessaging

extension CommandContext {
    /// Runs `body` with the broker's management API, or with nil when no URL of one is known.
    func withManagement<Result>(
        of broker: BrokerAddress, _ body: (ManagementAPI?) async throws -> Result
    ) async throws -> Result {
        guard let url = broker.managementURL, let endpoint = broker.configuration.endpoints.first else { return try await body(nil) }
        let client = HTTPClient(logger: logger)
        do {
            let result = try await body(ManagementAPI(url: url, of: endpoint, client: client))
            await client.shutdown()
            return result
        } catch {
            await client.shutdown()
            throw error
        }
    }
}
