internal import AMQP
internal import MoltBotCore
internal import Synchronization

/// Knows which workspaces have a task queue. The broker takes a task for any other one as well, for `moltbot.unroutable`; whoever
/// submits it wants to hear of it at once.
final class TaskRoutes: Sendable {
    private enum Knowledge {
        case none, old, fresh
    }

    private let client: AMQPClient
    /// How long what was seen is believed: a workspace's queue may be deleted at any time.
    private let lifetime: Duration
    /// When somebody last looked for the queue of a workspace that has one.
    private let known = Mutex<[Workspace: ContinuousClock.Instant]>([:])

    init(_ client: AMQPClient, lifetime: Duration = .seconds(60)) {
        self.client = client
        self.lifetime = lifetime
    }

    /// - Throws: ``AMQPError`` with code `unroutable` when the workspace has no queue.
    func check(_ workspace: Workspace, _ lane: Lane) async throws(AMQPError) {
        let knowledge = knowledge(of: workspace)
        if knowledge == .fresh { return }
        let candidates = [BrokerNames.taskQueue(workspace), BrokerNames.taskQueue(workspace) + "." + lane.rawValue]
        do throws(AMQPError) {
            for name in candidates where try await exists(name) {
                known.withLock { $0[workspace] = .now }
                return
            }
        } catch {
            // The publish decides, as it would have without another look.
            if knowledge == .old { return }
            throw error
        }
        known.withLock { _ = $0.removeValue(forKey: workspace) }
        throw AMQPError(
            .unroutable,
            "workspace \"\(workspace)\" has no task queue; add it under repeat.workspace in the topology file and run `moltbot topology apply`"
        )
    }

    /// One looks again when it is old; meanwhile it is fresh for the others.
    private func knowledge(of workspace: Workspace) -> Knowledge {
        // A broker that takes no messages answers nothing on this connection either.
        let canLook = client.status.isConnected && client.status.blockedReason == nil
        return known.withLock { known in
            guard let seen = known[workspace] else { return .none }
            let now = ContinuousClock.now
            guard canLook, now - seen >= lifetime else { return .fresh }
            known[workspace] = now
            return .old
        }
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
