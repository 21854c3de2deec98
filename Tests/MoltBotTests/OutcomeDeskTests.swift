import FoundationEssentials
import Testing

@testable import MoltBot

@Suite(.timeLimit(.minutes(30))) struct OutcomeDeskTests {
    private func task(_ id: String) -> MoltBot.SubmittedTask { .init(id: id) }

    private func first(_ ticket: OutcomeDesk.Ticket) async -> String? {
        for await outcome in ticket.outcome { return outcome.result }
        return nil
    }

    @Test func anOutcomeBeforeTheWaitIsNotMissed() async {
        let desk = OutcomeDesk(cachedBytes: 100_000)
        desk.arrived(.ended("a", result: "answer"), isKept: true)
        let ticket = desk.enter(task("a"))
        #expect(await first(ticket) == "answer")
        #expect(desk["a"]?.result == "answer")
    }

    @Test func allWhoWaitGetIt() async {
        let desk = OutcomeDesk(cachedBytes: 100_000)
        let tickets = [desk.enter(task("a")), desk.enter(task("a"))]
        #expect(desk.awaited.map(\.id) == ["a"])
        desk.arrived(.ended("a", result: "answer"), isKept: false)
        for ticket in tickets { #expect(await first(ticket) == "answer") }
        #expect(desk.awaited.isEmpty)
        #expect(desk["a"] == nil)
    }

    @Test func aRepeatedOutcomeCountsOnceAndALaterLifeReplacesIt() {
        let desk = OutcomeDesk(cachedBytes: 100_000)
        desk.arrived(.ended("a", result: "first"), isKept: true)
        desk.arrived(.ended("a", result: "second"), isKept: true)
        #expect(desk["a"]?.result == "first")
        desk.arrived(.ended("a", life: 1, result: "redriven"), isKept: true)
        #expect(desk["a"]?.result == "redriven")
    }

    @Test func theOldestOutcomesGoWhenThereIsNoRoom() {
        let desk = OutcomeDesk(cachedBytes: 10_000)
        #expect(!desk.enter(task("x")).mayBeForgotten)
        for number in 1...10 { desk.arrived(.ended("\(number)", result: String(repeating: "x", count: 1000)), isKept: true) }
        #expect((1...10).filter { desk["\($0)"] != nil } == [8, 9, 10])
        #expect(desk.enter(task("x")).mayBeForgotten)
    }

    @Test func closingEndsAllWaits() async {
        let desk = OutcomeDesk(cachedBytes: 100_000)
        let ticket = desk.enter(task("a"))
        desk.close()
        #expect(await first(ticket) == nil)
        #expect(await first(desk.enter(task("b"))) == nil)
    }

    @Test func idsAreRememberedUpToALimit() {
        var ids = RecentIDs(limit: 2)
        #expect(["a", "b", "a", "c", "a", "c"].map { ids.insert($0) } == [true, true, false, true, true, false])
    }
}

extension MoltBot.Event {
    static func ended(_ task: String, life: Int = 0, result: String) -> MoltBot.Event {
        MoltBot.Event(
            id: "\(task)-terminal-\(life)", type: .completed, time: .init(timeIntervalSince1970: 0),
            outcome: MoltBot.Outcome(
                taskID: task, workspace: "default", status: .completed, model: nil, provider: nil, deployment: nil, result: result,
                message: nil, finishReason: nil, usage: nil, cost: nil, isCached: false, attempts: [], createdAt: nil, startedAt: nil,
                completedAt: nil, queueTime: nil, metadata: [:], failure: nil))
    }
}
