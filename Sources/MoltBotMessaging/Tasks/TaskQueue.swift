package import MoltBotCore

/// A queue that holds the waiting tasks of one workspace: all of them in priority order, or those of one lane.
package struct TaskQueue: Sendable, Hashable {
    package var name: String
    package var workspace: Workspace
    /// Nil for a priority queue, which holds every lane.
    package var lane: Lane?

    package init(name: String, workspace: Workspace, lane: Lane?) {
        self.name = name
        self.workspace = workspace
        self.lane = lane
    }
}

extension Topology {
    /// The queues of a workspace as this topology lays them out: one priority queue, or one queue a lane, highest first.
    package func taskQueues(of workspace: Workspace) -> [TaskQueue] {
        let whole = BrokerNames.taskQueue(workspace)
        let names = Set(queues.map(\.name))
        if names.contains(whole) { return [TaskQueue(name: whole, workspace: workspace, lane: nil)] }
        return Lane.allCases.sorted(by: >).compactMap { lane in
            let name = "\(whole).\(lane.rawValue)"
            return names.contains(name) ? TaskQueue(name: name, workspace: workspace, lane: lane) : nil
        }
    }
}
