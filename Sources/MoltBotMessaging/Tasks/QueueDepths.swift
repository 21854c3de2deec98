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
    /// Whether a workspace has a queue for each lane; asked once.
    private let hasLanes = Mutex<[Workspace: Bool]>([:])

    package init(_ session: BrokerSession) {
        self.session = session
    }

    /// Empty when the workspace has no queue, or the broker is away.
    package func depths(of workspace: Workspace) async -> [Depth] {
        let known = hasLanes.withLock { $0[workspace] }
        if known != true, let depth = await depth(BrokerNames.taskQueue(workspace), nil) {
            hasLanes.withLock { $0[workspace] = false }
            return [depth]
        }
        guard known != false else { return [] }
        var depths: [Depth] = []
        for lane in Lane.allCases.reversed() {
            guard let depth = await depth(BrokerNames.taskQueue(workspace) + "." + lane.rawValue, lane) else { continue }
            depths.append(depth)
        }
        if !depths.isEmpty { hasLanes.withLock { $0[workspace] = true } }
        return depths
    }

    private func depth(_ queue: String, _ lane: Lane?) async -> Depth? {
        let status = try? await session.consuming.withChannel(timeout: .seconds(1)) { channel in
            try await channel.queueDeclare(AMQPQueue(name: queue), passive: true)
        }
        return status.map { Depth(lane: lane, ready: $0.messageCount, consumers: $0.consumerCount) }
    }
}
