import MoltBotCore
import MoltBotMessaging
import Testing

@testable import MoltBotWorker

@Suite("Worker roster") struct RosterTests {
    @Test("Those that live divide a limit; who leaves or falls silent has no part of it")
    func shares() {
        let start = ContinuousClock.now
        var roster = WorkerRoster(own: "b")
        #expect(roster.share(at: start) == .whole)
        roster.heard(WorkerPresence(worker: "a"), at: start)
        roster.heard(WorkerPresence(worker: "c"), at: start)
        roster.heard(WorkerPresence(worker: "b"), at: start)
        #expect(roster.share(at: start) == LimitShare(rank: 1, workers: 3))
        roster.heard(WorkerPresence(worker: "c", isLeaving: true), at: start)
        #expect(roster.share(at: start) == LimitShare(rank: 1, workers: 2))
        #expect(roster.share(at: start + .seconds(17)) == .whole)
    }

    @Test("A worker counts for the workspaces that it serves, or for all when it does not say which")
    func counts() throws {
        let start = ContinuousClock.now
        let other = try #require(Workspace("other"))
        var workers = WorkersHeard()
        workers.heard(WorkerPresence(worker: "a", workspaces: [.default]), at: start)
        workers.heard(WorkerPresence(worker: "b", count: 2, workspaces: [.default, other]), at: start)
        workers.heard(WorkerPresence(worker: "c"), at: start + .seconds(10))
        #expect(workers.count(serving: .default, at: start) == 4)
        #expect(workers.count(serving: other, at: start) == 3)
        #expect(workers.count(serving: other, at: start + .seconds(17)) == 1)
    }
}
