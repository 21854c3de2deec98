internal import AMQP
internal import MoltBotCore
internal import Synchronization

/// Knows which workspaces have a task queue. The broker takes a task for any other one as well, for `moltbot.unroutable`; whoever
/// submits it wants to hear of it at once. Asked once a workspace.
final class TaskRoutes: Sendable {
    private let client: AMQPClient
    private let known = Mutex<Set<Workspace>>([])

    init(_ client: AMQPClient) {
        self.client = client
    }

    /// - Throws: ``AMQPError`` with code `unroutable` when the workspace has no queue.
    func check(_ workspace: Workspace, _ lane: Lane) async throws(AMQPError) {
        if known.withLock({ $0.contains(workspace) }) { return }
        let candidates = [BrokerNames.taskQueue(workspace), BrokerNames.taskQueue(workspace) + "." + lane.rawValue]
        for name in candidates where try await exists(name) {
            known.withLock { _ = $0.insert(workspace) }
            return
        }
        throw AMQPError(
            .unroutable,
            "workspace \"\(workspace)\" has no task queue; add it under repeat.workspace in the topology file and run `moltbot topology apply`"
        )
    }

    private func exists(_ queue: String) async throws(AMQPError) -> Bool {
        do {
            _ = try await client.withChannel { try await $0.queueDeclare(AMQPQueue(name: queue), passive: true) }
            return true
        } catch let error as AMQPError where error.replyCode == 404 {
            return false
        } catch let error as AMQPError where error.replyCode == 403 {
            // May publish, may not look: then the broker alone decides.
            return true
        } catch {
            throw error as? AMQPError ?? AMQPError(.connectionLost, "\(error)", cause: error)
        }
    }
}
