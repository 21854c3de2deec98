import MoltBotCore

/// Waits for the ends of many tasks at an API node, a bounded number of them at once.
struct TaskWaits {
    /// A node holds a few thousand waiting requests, of all its clients.
    private static let window = 32
    /// One request; a connection that is idle for longer than this is one that proxies cut.
    private static let longest = Duration.seconds(60)

    let node: NodeClient
    /// Nil waits for ever.
    let deadline: ContinuousClock.Instant?

    /// Calls `ended` with each task once it has ended, in the order of the ends.
    /// - Returns: the ids of those that had not ended by the deadline.
    func run(_ ids: some Sequence<String> & Sendable, ended: (TaskDocument) throws -> Void) async throws -> [String] {
        try await withThrowingTaskGroup(of: (String, TaskDocument?).self) { group in
            defer { group.cancelAll() }
            var late: [String] = []
            var rest = ids.makeIterator()
            for _ in 0..<Self.window {
                guard let id = rest.next() else { break }
                group.addTask { (id, try await wait(for: id)) }
            }
            while let (id, task) = try await group.next() {
                if let task { try ended(task) } else { late.append(id) }
                guard let next = rest.next() else { continue }
                group.addTask { (next, try await wait(for: next)) }
            }
            return late
        }
    }

    /// Nil when the deadline came first.
    private func wait(for id: String) async throws -> TaskDocument? {
        while true {
            let left = deadline.map { ContinuousClock.now.duration(to: $0) } ?? Self.longest
            let time = min(max(left, .zero), Self.longest)
            do {
                let milliseconds = time.wholeMilliseconds
                return TaskDocument(
                    try await node.post(["tasks", id, "wait"], [("timeout", "\(Double(milliseconds) / 1000)")], for: time))
            } catch let problem as NodeProblem where problem.code == "wait-timeout" {
                if left <= Self.longest, deadline != nil { return nil }
            }
        }
    }
}
