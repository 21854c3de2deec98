import CurlHTTP
import MoltBotConfig
import MoltBotCore

extension CommandContext {
    /// Runs `body` with the API node that the settings name; Ctrl-C cancels it.
    /// - Parameter workspace: what all requests are about; nil leaves it to the access key.
    func withNode<Result: Sendable>(
        in workspace: Workspace? = nil, _ body: @escaping @Sendable (NodeClient) async throws -> Result
    ) async throws -> Result {
        let address = try NodeAddress(settings)
        // From here on it is shut down whatever happens: its thread must not run while the process exits.
        let client = HTTPClient(logger: logger)
        let node = NodeClient(address: address, key: settings.node.key, workspace: workspace, client: client)
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
