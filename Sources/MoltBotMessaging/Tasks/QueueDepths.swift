internal import AMQP
package import MoltBotCore
internal import Synchronization

/// What waits in a workspace's task queues right now, by asking the broker over AMQP: every user may, and no plugin is needed.
package final class QueueDepths: Sendable {
    package struct Depth: Sendable, Equatable {
        /// Nil for the one queue of all lanes.
        package let lane: Lane?
        /// Messages that wait; those that a worker holds are not counted.
        package let ready: Int
        /// Channels of workers that take from it: a worker has one for about a hundred slots.
        package let consumers: Int
    }

    private let session: BrokerSession
    /// Workspaces that had a queue for each lane when they were last looked at: their queues are looked for first.
    private let laned = Mutex<Set<Workspace>>([])

    package init(_ session: BrokerSession) {
        self.session = session
    }

    /// Empty when the workspace has no queue, or the broker is away.
    package func depths(of workspace: Workspace) async -> [Depth] {
        do {
            let hadLanes = laned.withLock { $0.contains(workspace) }
            if !hadLanes, let depth = try await depth(BrokerNames.taskQueue(workspace), nil) { return [depth] }
            var depths: [Depth] = []
            for lane in Lane.allCases.reversed() {
                guard let depth = try await depth(BrokerNames.taskQueue(workspace) + "." + lane.rawValue, lane) else { continue }
                depths.append(depth)
            }
            laned.withLock { laned in
                if depths.isEmpty {
                    _ = laned.remove(workspace)
                } else {
                    _ = laned.insert(workspace)
                }
            }
            if hadLanes, depths.isEmpty, let depth = try await depth(BrokerNames.taskQueue(workspace), nil) { return [depth] }
            return depths
        } catch {
            return []
        }
    }

    /// Nil when there is no such queue.
    private func depth(_ queue: String, _ lane: Lane?) async throws -> Depth? {
        do {
            let status = try await session.consuming.withChannel(timeout: .seconds(1)) { channel in
                try await channel.queueDeclare(AMQPQueue(name: queue), passive: true)
            }
            return Depth(lane: lane, ready: status.messageCount, consumers: status.consumerCount)
        } catch let error as AMQPError where error.replyCode == 404 {
            return nil
        }
    }
}
