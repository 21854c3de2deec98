import MoltBotCore
import MoltBotMessaging
import TestSupport
import Testing

@Suite("The end of the ledger, read by a worker", .timeLimit(.minutes(30)))
struct LedgerTailTests {
    @Test("Tasks of two workspaces may have the same id: each has its own outcome, and one that has none gets nobody else's")
    func twoWorkspaces() async throws {
        let (one, other, third) = (Workspace.default, try #require(Workspace("other")), try #require(Workspace("third")))
        try await withClientHost { session in
            let start = Timestamp.now()
            for workspace in [one, other] { try await session.publishOutcome(of: "task-1", in: workspace) }
            let tail = LedgerTail(session)
            let found = await withTaskGroup(of: [Workspace?].self) { group in
                for workspace in [one, other, third] {
                    group.addTask {
                        let record = await tail.outcome(ofEvent: "task-1-terminal", in: workspace, since: start, within: .seconds(60))
                        return [workspace, record?.event.workspace]
                    }
                }
                return await group.reduce(into: [:]) { found, pair in found[pair[0] ?? one] = pair[1] }
            }
            #expect(found == [one: one, other: other])
        }
    }
}
