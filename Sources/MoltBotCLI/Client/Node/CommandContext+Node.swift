import CurlHTTP
import MoltBotConfig

extension CommandContext {
    /// Runs `body` with the API node that the settings name; Ctrl-C cancels it.
    func withNode<Result: Sendable>(_ body: @escaping @Sendable (NodeClient) async throws -> Result) async throws -> Result {
        let client = HTTPClient(logger: logger)
        let node = NodeClient(address: try NodeAddress(settings), key: settings.node.key, client: client)
        do {
            let result = try await Interruption.run { try await body(node) }
            await client.shutdown()
            return result
        } catch {
            await client.shutdown()
            throw error
        }
    }
}
